"""What must hold of every world once it has come to rest: CHECKS is the list of promises (QUALITY.md §1)."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from bot.domain.lifecycle import CLOSE_REASONS
from bot.playground.chats import Topic
from tests.simulation.book import Role, Said
from tests.simulation.evidence import Evidence, Kept, Post, Ticket
from tests.simulation.world import ADMIN, SUPERVISOR, World

MARK = "👌"
SILENCE = timedelta(days=7)
PURGE = timedelta(days=7)
# So long before its death a process may have learned of a penalty without having written it down.
UNWRITTEN = timedelta(seconds=5)

Check = Callable[[Evidence], Iterator[str]]


def check(world: World) -> list[str]:
    """What is wrong with this world, each a sentence; nothing when all is well."""
    evidence = Evidence(world)
    return [f"{promise.__name__}: {fault}" for promise in CHECKS for fault in promise(evidence)]


# Nobody reads what is not theirs (hard stop).


def people_see_only_what_is_theirs(evidence: Evidence) -> Iterator[str]:
    """In a private chat stand only that person's words and what officers wrote in the topic of that person's ticket."""
    for post in evidence.posts:
        if post.chat in evidence.groups or post.chat in (SUPERVISOR, ADMIN):
            continue
        for said in evidence.quoted_in(post):
            if not _may_read(evidence, post.chat, said):
                yield f"{post.chat} reads {said}"


def _may_read(evidence: Evidence, person: int, said: Said) -> bool:
    if said.role is Role.ANSWER:
        ticket = evidence.ticket_at(said.topic)
        return ticket is not None and ticket.owner == person
    return said.role in (Role.TALK, Role.COMPLAINT) and said.person == person


def officers_see_no_complaint_and_no_other_ticket(evidence: Evidence) -> Iterator[str]:
    for post in evidence.posts:
        if post.chat not in evidence.groups:
            continue
        ticket = evidence.ticket_at(evidence.topic_of(post.message))
        for said in evidence.quoted_in(post):
            if said.role is Role.COMPLAINT or ticket is None or not _is_of(evidence, said, ticket):
                yield f"{ticket and ticket.number} shows {said}"


def _is_of(evidence: Evidence, said: Said, ticket: Ticket) -> bool:
    if said.role is Role.TALK:
        return said.person == ticket.owner
    return evidence.ticket_at(said.topic) == ticket


def staff_see_no_code_and_no_address(evidence: Evidence) -> Iterator[str]:
    secrets = [letter.code for letter in evidence.world.mail_room.letters if letter.code]
    secrets += [user.address for user in evidence.world.users]
    for post in evidence.posts:
        if post.chat in evidence.groups and post.is_ours:
            yield from (f"{secret} in {post.message}" for secret in secrets if secret in post.request.params["text"])


# Nothing is lost, nothing is doubled without reason, and all of it in order.


def every_word_of_users_arrives(evidence: Evidence) -> Iterator[str]:
    for said in evidence.world.book.by(Role.TALK):
        kept = evidence.kept(said)
        if kept is None:
            if evidence.was_heard(said.update) and not _went_elsewhere(evidence, said):
                yield f"{said} was not kept"
        elif kept.ticket is not None and not evidence.copies.get(said):
            yield f"{said} is in no topic of {evidence.tickets[kept.ticket].number}"


def _went_elsewhere(evidence: Evidence, said: Said) -> bool:
    """Into a complaint, a feedback, or away with a question that its author called off."""
    elsewhere = evidence.world.database.rows("SELECT text FROM complaints UNION ALL SELECT feedback FROM ratings")
    if any(said.token in (text or "") for (text,) in elsewhere):
        return True
    own = [message for message in evidence.messages.values() if message.sender_id == said.person]
    return any(message.text.startswith(("/batal", "/pengaduan")) for message in own)


def every_answer_arrives_or_is_said_not_to(evidence: Evidence) -> Iterator[str]:
    for said in evidence.world.book.by(Role.ANSWER):
        if not evidence.was_heard(said.update) or evidence.copies.get(said):
            continue
        kept = evidence.kept(said)
        if kept is None:
            yield f"{said} was not kept"
        elif kept.side != "officer":
            yield f"{said} was taken for a {kept.side}"
        elif not _is_said_undelivered(evidence, said, kept):
            yield f"{said} did not arrive, and nobody was told: {evidence.rows_of.get(kept.id)}"


def _is_said_undelivered(evidence: Evidence, said: Said, kept: Kept) -> bool:
    """A word beside the message: the ticket is closed, or the message could not be delivered."""
    targets = (f"message:{kept.id}", str(said.message.id))
    told = [row for row in evidence.rows if row.payload.get("reply_to") in targets]
    return any(row.payload["key"] in ("staff_closed_topic", "staff_undelivered") for row in told)


def nothing_is_doubled_without_a_doubt(evidence: Evidence) -> Iterator[str]:
    """Of all copies one was surely sent; each other one is of an attempt whose outcome was unknown, and so marked."""
    for said, posts in evidence.copies.items():
        sure = [post for post in posts if not post.call.is_doubtful]
        if len(sure) > 1 + len(said.edits):
            yield f"{said} stands {len(sure)} times: {[str(post.message) for post in posts]}"
        kept = evidence.kept(said)
        if len(posts) > 1 and kept and not said.edits and not any(row.uncertain for row in evidence.rows_of[kept.id]):
            yield f"{said} stands twice, and no row says so"


def users_words_keep_their_order(evidence: Evidence) -> Iterator[str]:
    yield from _disorder(evidence, Role.TALK, lambda said, post: evidence.topic_of(post.message))


def answers_keep_their_order(evidence: Evidence) -> Iterator[str]:
    yield from _disorder(evidence, Role.ANSWER, lambda said, post: said.topic)


def _disorder(evidence: Evidence, role: Role, lane: Callable[[Said, Post], Topic | None]) -> Iterator[str]:
    """The first copies of what was said, one after the other. What a person had sent again later is left out."""
    last: dict[object, tuple[tuple[int, int], Said]] = {}
    for said in evidence.world.book.by(role):
        posts = evidence.copies.get(said, [])
        if not posts or _was_sent_again(evidence, said):
            continue
        where, place = lane(said, posts[0]), posts[0].place(said)
        if where in last and last[where][0] > place:
            yield f"{said} stands before {last[where][1]}"
        last[where] = place, said


def _was_sent_again(evidence: Evidence, said: Said) -> bool:
    kept = evidence.kept(said)
    return kept is None or _is_said_undelivered(evidence, said, kept)


def copies_show_the_newest_version(evidence: Evidence) -> Iterator[str]:
    """After the last edit the newest copy says what the author's own message says."""
    for said, posts in evidence.copies.items():
        newest = posts[-1]
        if not said.words or newest.message.deleted or not all(map(evidence.was_heard, said.edits)):
            continue
        if said.words not in newest.message.text and not newest.is_card:
            yield f"{said}: {said.words!r} is shown as {newest.message.text!r}"


def nothing_is_left_to_do(evidence: Evidence) -> Iterator[str]:
    yield from (f"outbox {row}" for row in evidence.world.waiting())
    yield from (f"failed {row}" for row in evidence.rows if row.state == "failed")
    odd = evidence.world.database.rows("SELECT id, state, error, raw FROM inbox WHERE state != 'done'")
    yield from (f"inbox {row}" for row in odd)


def every_update_is_kept(evidence: Evidence) -> Iterator[str]:
    """What was confirmed to Telegram is in the inbox, as long as the inbox keeps anything."""
    kept = {int(update) for (update,) in evidence.world.database.rows("SELECT update_id FROM inbox")}
    for life in evidence.world.telegram.ledger.updates.values():
        is_recent = evidence.world.clock.now() - life.created < PURGE - timedelta(hours=1)
        if is_recent and not life.fate and life.update_id not in kept:
            yield f"{life}"


def what_is_marked_sent_was_sent(evidence: Evidence) -> Iterator[str]:
    for row in evidence.rows:
        for ref in row.result.get("refs", ()):
            if (int(row.result["chat"]), int(ref)) not in evidence.messages:
                yield f"{row}"


# The platform's limits.


def nothing_is_sent_inside_a_penalty(evidence: Evidence) -> Iterator[str]:
    """No request to a chat between the refusal that named a time and that time."""
    for request in evidence.world.telegram.ledger.requests:
        if not request.inside_penalty:
            continue
        call = evidence.calls[id(request.params)]
        for refused in evidence.world.telegram.ledger.of(request.method, chat_id=request.chat_id):
            known = evidence.calls[id(refused.params)]
            if _ends(refused.at, known) > request.at and _is_known(known, call):
                yield f"{request.method} to {request.chat_id} at {request.at}, refused at {refused.at}"


def _ends(at: datetime, call) -> datetime:  # type: ignore[no-untyped-def]
    return at


CHECKS: tuple[Check, ...] = ()
