"""The platform's rules: its limits, its parameters, its topics (P5, F9, F10)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.playground.chats import Topic
from bot.playground.ledger import Request
from tests.simulation.evidence import Evidence, Ticket
from tests.simulation.wires import UNWRITTEN, Call


def nothing_is_sent_inside_a_penalty(evidence: Evidence) -> Iterator[str]:
    """Nothing goes to a chat between the refusal that named a time, and that time."""
    refusals = [(request, call) for request, call in _calls(evidence) if _penalty(call) is not None]
    for request, call in _calls(evidence):
        if request.inside_penalty:
            for refused, known in refusals:
                if refused.chat_id == request.chat_id and _knew(call, known) and request.at < _until(refused, known):
                    yield f"{request.method} to {request.chat_id} at {request.at}, refused at {refused.at}"


def _calls(evidence: Evidence) -> Iterator[tuple[Request, Call]]:
    for request in evidence.world.telegram.ledger.requests:
        if id(request.params) in evidence.calls:
            yield request, evidence.calls[id(request.params)]


def _penalty(call: Call) -> int | None:
    """The seconds a refusal named."""
    body = call.reply.body if call.reply is not None else None
    seconds = body.get("parameters", {}).get("retry_after") if isinstance(body, dict) else None
    return int(seconds) if seconds is not None else None


def _until(refused: Request, call: Call) -> datetime:
    return refused.at + timedelta(seconds=_penalty(call) or 0)


def _knew(call: Call, known: Call) -> bool:
    """Whether the sender of `call` had been told, or could have read it after its predecessor died."""
    if known.ended is None or known.ended > call.sent:
        return False
    return known.life is call.life or known.life.ended is None or known.life.ended - known.ended > UNWRITTEN


def requests_are_as_the_platform_describes_them(evidence: Evidence) -> Iterator[str]:
    yield from evidence.world.telegram.violations


def an_open_ticket_has_one_live_topic(evidence: Evidence) -> Iterator[str]:
    """The one it knows, be it that somebody closed it by hand; another that came to light late is closed, whoever did
    it. One deleted since it was last written to is gone."""
    for ticket in evidence.tickets.values():
        if not ticket.closed:
            own = ticket.topic
            live = _live(evidence, ticket)
            alive = [topic for topic in live if not topic.closed or (topic.id == own and _is_by_hand(evidence, topic))]
            known = [topic.id for topic in alive]
            if known != [ticket.topic] and not (not known and _is_unaware(evidence, ticket)):
                yield f"{ticket} has {[(topic.id, topic.name) for topic in alive]}"


def the_topic_of_a_closed_ticket_is_closed(evidence: Evidence) -> Iterator[str]:
    for ticket in evidence.tickets.values():
        for topic in _live(evidence, ticket) if ticket.closed else ():
            if not topic.closed and not _is_by_hand(evidence, topic):
                yield f"{ticket}: {topic.id} is open"


def _live(evidence: Evidence, ticket: Ticket) -> list[Topic]:
    """Its topics in the group as it is now, without those the desk cannot know."""
    here = [topic for topic in evidence.topics.get(ticket.number, ()) if topic in evidence.present_topics]
    return [topic for topic in here if not (topic.deleted or evidence.is_stray(topic))]


def _is_by_hand(evidence: Evidence, topic: Topic) -> bool:
    """Whether it was a person who closed or opened it last."""
    toggles = [message for message in topic.log if message.kind in ("forum_topic_closed", "forum_topic_reopened")]
    return bool(toggles) and not toggles[-1].by_bot


def _is_unaware(evidence: Evidence, ticket: Ticket) -> bool:
    """Whether nothing was sent there since the topic was deleted, or the group moved."""
    requests = evidence.world.telegram.ledger.requests
    return not any(request.topic == ticket.topic and request.status == 400 for request in requests)
