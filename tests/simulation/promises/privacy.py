"""Nobody reads what is not theirs (QUALITY.md T26, T27): the hard stop."""

from collections.abc import Iterator

from tests.simulation.book import Role, Said
from tests.simulation.evidence import Evidence, Ticket
from tests.simulation.world import ADMIN, SUPERVISOR


def people_see_only_what_is_theirs(evidence: Evidence) -> Iterator[str]:
    """In a private chat stand only that person's words, and what officers answered in the topic of their ticket."""
    for post in evidence.posts:
        if post.chat not in evidence.groups and post.chat not in (SUPERVISOR, ADMIN):
            for said in evidence.quoted_in(post):
                if not _may_read(evidence, post.chat, said):
                    yield f"{post.chat} reads {said}"


def _may_read(evidence: Evidence, person: int, said: Said) -> bool:
    if said.role is Role.ANSWER:
        ticket = evidence.ticket_at(said.topic)
        return ticket is not None and ticket.owner == person
    return said.role in (Role.TALK, Role.COMPLAINT) and said.person == person


def no_card_stands_in_a_private_chat(evidence: Evidence) -> Iterator[str]:
    """The header card is for officers: no post in a private chat is one, or becomes one."""
    for post in evidence.posts:
        if post.chat not in evidence.groups and any(_number_ahead(text) in evidence.by_number for text in post.texts):
            yield f"{post.chat} reads {post.message.text!r}"


def _number_ahead(text: str) -> str:
    return text.partition(" ·")[0]


def topics_show_only_their_own_ticket(evidence: Evidence) -> Iterator[str]:
    """In a topic stand only words of its ticket; no complaint is anywhere in the group, and nothing is in General."""
    for post in evidence.posts:
        if post.chat in evidence.groups:
            ticket = evidence.ticket_at(evidence.topic_of(post.message))
            for said in evidence.quoted_in(post):
                if ticket is None or not _belongs(evidence, said, ticket):
                    yield f"{ticket.number if ticket else 'General'} shows {said}"


def _belongs(evidence: Evidence, said: Said, ticket: Ticket) -> bool:
    if said.role is Role.TALK:
        return said.person == ticket.owner
    return said.role is not Role.COMPLAINT and evidence.ticket_at(said.topic) == ticket


def no_code_and_no_address_goes_to_the_staff(evidence: Evidence) -> Iterator[str]:
    secrets = [letter.code for letter in evidence.world.mail_room.letters if letter.code]
    secrets += [user.address for user in evidence.world.users]
    for post in evidence.posts:
        if post.chat in evidence.groups and post.is_ours:
            yield from (f"{secret} in {post.message}" for secret in secrets if secret in post.texts[0])


def complaints_reach_the_supervisor(evidence: Evidence) -> Iterator[str]:
    read = {said for post in evidence.posts if post.chat == SUPERVISOR for said in evidence.quoted_in(post)}
    for said in evidence.world.book.by(Role.COMPLAINT):
        if evidence.was_heard(said.update) and said not in read:
            yield f"{said} was not passed on"
