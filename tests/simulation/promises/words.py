"""Nothing is lost, nothing is doubled without reason, all of it stays in order, and everybody can tell (P1, P4, P6)."""

from collections.abc import Callable, Iterator

from bot.playground.chats import Topic
from tests.simulation.book import Role, Said
from tests.simulation.evidence import GIVEN_UP, Evidence, Kept, Post

MARK = "👌"
SAID_SO = ("staff_closed_topic", "staff_undelivered", "staff_not_now", "staff_left")
CALLED_OFF = ("/batal", "/pengaduan")


def every_word_of_users_arrives(evidence: Evidence) -> Iterator[str]:
    """Kept as soon as it was heard, and in a topic of its ticket as soon as it has one."""
    for said in evidence.world.book.by(Role.TALK):
        kept = evidence.kept(said)
        if kept is None:
            if evidence.was_heard(said.update) and not _went_elsewhere(evidence, said):
                yield f"{said} was not kept"
        elif kept.ticket is not None and not evidence.copies.get(said) and not _is_given_up(evidence, kept):
            yield f"{said} is in no topic of {evidence.tickets[kept.ticket].number}: {evidence.rows_of.get(kept.id)}"


def _is_given_up(evidence: Evidence, kept: Kept) -> bool:
    """After a week of trying in vain (P5)."""
    return any(row.state == "failed" and row.age > GIVEN_UP for row in evidence.rows_of.get(kept.id, ()))


def _went_elsewhere(evidence: Evidence, said: Said) -> bool:
    """Into a complaint or a feedback, or away with a question that its author called off."""
    if said.token in evidence.taken_elsewhere:
        return True
    chat = evidence.world.telegram.world.chats[said.person]
    return any(message.text.startswith(CALLED_OFF) for message in chat.log if not message.by_bot)


def every_answer_arrives_or_is_said_not_to(evidence: Evidence) -> Iterator[str]:
    for said in evidence.world.book.by(Role.ANSWER):
        if not evidence.was_heard(said.update) or evidence.copies.get(said) or evidence.is_stray(said.topic):
            continue
        kept = evidence.kept(said)
        if not _is_said_undelivered(evidence, said, kept):
            rows = evidence.rows_of.get(kept.id) if kept is not None else "it was not kept"
            yield f"{said} did not arrive, and nobody was told: {rows}"


def _is_said_undelivered(evidence: Evidence, said: Said, kept: Kept | None) -> bool:
    """A word beside the message, or beside another part of its album."""
    beside = [f"message:{kept.id if kept else None}", *(str(part.message.id) for part in evidence.parts[said.token])]
    return any(
        not evidence.words_beside[place].isdisjoint(SAID_SO) for place in beside if place in evidence.words_beside
    )


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
    yield from _disorder(evidence, Role.TALK, lambda said, post: (said.person, evidence.topic_of(post.message)))


def answers_keep_their_order(evidence: Evidence) -> Iterator[str]:
    yield from _disorder(evidence, Role.ANSWER, lambda said, post: said.topic)


def _disorder(evidence: Evidence, role: Role, lane: Callable[[Said, Post], object]) -> Iterator[str]:
    """The first copies of what was said, one after the other. What a person had sent again later is left out."""
    last: dict[object, tuple[tuple[int, int], Said]] = {}
    for said in evidence.world.book.by(role):
        posts = evidence.copies.get(said)
        kept = evidence.kept(said)
        if not posts or kept is None or _is_said_undelivered(evidence, said, kept):
            continue
        where, place = lane(said, posts[0]), posts[0].place(said)
        if where in last and last[where][0] > place:
            yield f"{said} stands before {last[where][1]}"
        last[where] = place, said


def copies_show_the_newest_version(evidence: Evidence) -> Iterator[str]:
    """After the last edit the newest copy the desk knows of says what the author's own message says."""
    for said, posts in evidence.copies.items():
        newest = ([post for post in posts if not post.call.is_doubtful] or posts)[-1].message
        is_known = said.words != "" and all(map(evidence.was_heard, said.edits)) and not _ever_left(evidence, said)
        if is_known and not newest.deleted and said.words not in newest.text:
            yield f"{said}: {said.words!r} is shown as {newest.text!r}"


def _ever_left(evidence: Evidence, said: Said) -> bool:
    """Whether its author left the group at some time: what such a person edits then is refused."""
    return said.topic is not None and said.person in evidence.leavers


def every_answer_bears_its_mark(evidence: Evidence) -> Iterator[str]:
    """On the last part of what was delivered stands the mark, or what the reader thinks of it."""
    bot = evidence.world.telegram.world.bot.id
    for row in evidence.rows:
        if row.state != "sent" or row.dest != "user" or row.kind not in ("relay", "album"):
            continue
        said = evidence.said_of(row.messages[-1])
        if said is None or _is_gone(evidence, said.topic) or _is_feeling_unheard(evidence, said):
            continue
        allowed = {MARK} | _feelings(evidence, said)
        if said.message.reactions.get(bot) not in allowed:
            yield f"{said} bears {said.message.reactions.get(bot)} and not one of {allowed}"


def _is_gone(evidence: Evidence, topic: Topic | None) -> bool:
    return topic is None or topic.deleted or topic not in evidence.present_topics


def _is_feeling_unheard(evidence: Evidence, said: Said) -> bool:
    """Whether Telegram let a reaction of the reader expire while the desk was down."""
    ticket = evidence.ticket_at(said.topic)
    return ticket is not None and ticket.owner in evidence.unheard_feelings


def _feelings(evidence: Evidence, said: Said) -> set[str]:
    """What the ticket's owner shows on any copy."""
    copies = evidence.copies.get(said, [])
    return {emoji for post in copies if (emoji := post.message.reactions.get(post.chat)) is not None}
