"""The service standard: silence, rating (SK No. 107, procedure 4 and 5; P8)."""

import html
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.desk.say import STAFF_LANG
from bot.domain.lifecycle import CLOSE_REASONS
from tests.simulation.book import Role
from tests.simulation.evidence import Evidence, Ticket

SILENCE = timedelta(days=7)
TAG = re.compile(r"<[^>]+>")


def silence_closes_after_seven_days_of_the_users_silence(evidence: Evidence) -> Iterator[str]:
    """Seven days after the last answer that arrived, and never when the user wrote after it."""
    for ticket in evidence.tickets.values():
        for closed_at, data in evidence.events(ticket, "closed"):
            if data["reason"] == "silent":
                yield from _too_early(evidence, ticket, closed_at)


def _too_early(evidence: Evidence, ticket: Ticket, closed_at: datetime) -> Iterator[str]:
    arrivals = list(_arrivals(evidence, ticket, closed_at))
    if not arrivals or closed_at - max(last for _, last in arrivals) < SILENCE:
        yield f"{ticket} closed at {closed_at}, answered at {arrivals[-1:]}"
        return
    answered = max(first for first, _ in arrivals)
    for said in evidence.world.book.by(Role.TALK):
        kept = evidence.kept(said)
        if kept is not None and kept.ticket == ticket.id and answered < said.at <= answered + SILENCE:
            yield f"{ticket} closed at {closed_at}, though {said} was written at {said.at}, after {answered}"


def _arrivals(evidence: Evidence, ticket: Ticket, before: datetime) -> Iterator[tuple[datetime, datetime]]:
    """When the first and the last copy of each answer on this ticket came to its owner, by chat or by mail."""
    yield from ((at, at) for at, _ in evidence.events(ticket, "mailed") if at < before)
    for _, posts in evidence.answers_on.get(ticket, ()):
        moments = [post.request.at for post in posts if post.request.at < before]
        if moments:
            yield min(moments), max(moments)


def each_rated_close_asks_once(evidence: Evidence) -> Iterator[str]:
    """One prompt for each close that counts in the rating; a second one only where an outcome was unknown."""
    for ticket in evidence.tickets.values():
        closes = [data["reason"] for _, data in evidence.events(ticket, "closed")]
        wanted = sum(CLOSE_REASONS[reason].counts_in_rating for reason in closes)
        prompts = _prompts(evidence, ticket)
        sure = sum(not doubtful for doubtful in prompts)
        if sure > wanted or len(prompts) < wanted:
            yield f"{ticket}: {wanted} closes that count, {sure} sure and {len(prompts) - sure} doubtful prompts"


def _prompts(evidence: Evidence, ticket: Ticket) -> list[bool]:
    """For each prompt in the owner's chat whether its sending was in doubt."""
    text = evidence.world.texts.render("rate", STAFF_LANG, number=ticket.number)
    plain = html.unescape(TAG.sub("", text))
    return [post.call.is_doubtful for post in evidence.posts_in.get(ticket.owner, ()) if post.texts[0] == plain]
