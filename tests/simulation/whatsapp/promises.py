"""What must hold of a world with WhatsApp once it has come to rest: PROMISES is the list, one function each.

A promise names what breaks it, one sentence for each break. Tokens (tests.checker.TOKEN) are looked for on the phones,
in the topics, and in the desk's own tables.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any

from bot.channels.whatsapp.batch import kept_id
from bot.playground.graph.book import GraphRequest
from bot.playground.graph.messages import WhatsAppMessage
from bot.playground.messages import Message
from tests.checker import TOKEN
from tests.simulation.book import Role, Said
from tests.simulation.whatsapp.people import Caller, Written
from tests.simulation.whatsapp.world import WhatsAppWorld

# The history at the head of a topic that was made anew quotes what was said.
HISTORY = "ini topik penggantinya"
REMEMBERED = timedelta(days=6, hours=23)
BAD_REQUESTS = (100, 131008, 131009, 132000, 132012, 132018)
MARKS = {"🕊", "👌", "👀"}


@dataclass(frozen=True, eq=False)
class Copy:
    """A text of an officer on a phone, and the request that brought it."""

    message: WhatsAppMessage
    caller: Caller
    place: int
    request: GraphRequest


@dataclass
class Evidence:
    """Looked up once, then shared by all checks."""

    world: WhatsAppWorld

    @cached_property
    def copies(self) -> dict[str, list[Copy]]:
        """By token: what stands on the phones, in their order."""
        by_wamid = {request.wamid: request for request in self.world.graph.book.sent()}
        found: defaultdict[str, list[Copy]] = defaultdict(list)
        for caller in self.world.callers:
            for place, message in enumerate(caller.chat):
                if message.by_business:
                    for token in TOKEN.findall(message.text):
                        found[token].append(Copy(message, caller, place, by_wamid[message.wamid]))
        return found

    @cached_property
    def doubtful(self) -> set[int]:
        """The requests whose sender could not know what became of them, by their number in the book."""
        calls = self.world.graph_network.calls
        return {call.request.n for call in calls if call.request is not None and call.is_doubtful}

    @cached_property
    def posts(self) -> dict[str, list[Message]]:
        """By token: what stands in the staff group, whole and in order."""
        found: defaultdict[str, list[Message]] = defaultdict(list)
        once = {message.id: message for topic in self.world.telegram.topics for message in topic.log}
        for message in sorted(once.values(), key=lambda message: message.id):
            if message.by_bot and HISTORY not in message.text:
                for token in set(TOKEN.findall(message.text)):
                    found[token].append(message)
        return found

    @cached_property
    def kept(self) -> dict[str, tuple[int, int | None]]:
        """By token: the message's id and ticket as the desk has them."""
        rows = self.world.database.rows("SELECT id, ticket_id, content FROM messages WHERE side = 'user'")
        return {token: (id, ticket) for id, ticket, content in rows for token in TOKEN.findall(content)[:1]}

    @cached_property
    def owners(self) -> dict[str, int]:
        """By ticket number: whose it is."""
        rows = self.world.database.rows(
            "SELECT number, bsuid, phone FROM tickets JOIN identities ON identities.id = identity_id"
        )
        known = {caller.account.bsuid: caller.number for caller in self.world.callers}
        return {number: known.get(bsuid) or int(phone) for number, bsuid, phone in rows}

    @cached_property
    def elsewhere(self) -> set[str]:
        """Tokens in complaints and feedback."""
        texts = self.world.database.rows("SELECT text FROM complaints UNION ALL SELECT feedback FROM ratings")
        return {token for (text,) in texts for token in TOKEN.findall(text or "")}

    @cached_property
    def taken(self) -> set[str]:
        """The wamids whose webhook the desk answered with 200."""
        return {life.key for life in self.world.graph.book.hooks if life.delivered is not None}

    @property
    def written(self) -> Iterator[Written]:
        for caller in self.world.callers:
            yield from caller.written

    @property
    def answers(self) -> list[Said]:
        return list(self.world.book.by(Role.ANSWER))


def every_webhook_is_kept(evidence: Evidence) -> Iterator[str]:
    """What was answered with 200 is in the inbox, once, and was handled."""
    rows = evidence.world.database.rows("SELECT update_id, state FROM inbox WHERE channel = 'whatsapp'")
    states = dict(rows)
    now = evidence.world.clock.now()
    for life in evidence.world.graph.book.hooks:
        if life.delivered is not None and now - life.created < REMEMBERED and states.get(kept_id(life.key)) != "done":
            yield f"{life}: {states.get(kept_id(life.key))}"


def every_word_arrives(evidence: Evidence) -> Iterator[str]:
    """Kept as soon as it was taken, and in a topic of its ticket as soon as it has one."""
    for said in evidence.written:
        if said.message.wamid not in evidence.taken or said.token in evidence.elsewhere:
            continue
        kept = evidence.kept.get(said.token)
        if kept is None:
            yield f"{said.token} was taken and not kept"
        elif kept[1] is not None and said.token not in evidence.posts:
            yield f"{said.token} is in no topic"


def every_answer_arrives_or_is_said_not_to(evidence: Evidence) -> Iterator[str]:
    """On the phone, or held for its owner, or a word beside it says that it did not get there."""
    for said in evidence.answers:
        heard = said.update is not None and not evidence.world.telegram.ledger.updates[said.update].fate
        if not heard or said.token in evidence.copies or _is_said_undelivered(evidence, said):
            continue
        if not _is_held(evidence, said):
            yield f"{said} did not arrive, and nobody was told"


def _is_said_undelivered(evidence: Evidence, said: Said) -> bool:
    log = said.topic.log if said.topic is not None else ()
    return any(message.by_bot and message.reply_to == said.message.id for message in log)


def _is_held(evidence: Evidence, said: Said) -> bool:
    return bool(
        evidence.world.database.value(
            "SELECT count(*) FROM outbox JOIN messages ON messages.id = json_extract(payload, '$.message')"
            " WHERE outbox.state IN ('held', 'failed') AND instr(content, ?)",
            said.token,
        )
    )


def nothing_strays(evidence: Evidence) -> Iterator[str]:
    """An officer's words stand on the phone of their ticket's owner alone, notes and slips on none."""
    by_token = {said.token: said for said in evidence.world.book.said}
    for token, copies in evidence.copies.items():
        said = by_token.get(token)
        if said is None:
            continue  # the phone's own words, quoted back
        owner = evidence.owners.get(said.topic.name.split()[0]) if said.topic is not None else None
        for copy in copies:
            if said.role is not Role.ANSWER or copy.caller.number != owner:
                yield f"{said} stands on the phone of {copy.caller.number}"


def nothing_is_doubled_without_a_doubt(evidence: Evidence) -> Iterator[str]:
    """Of all copies at most one was surely sent; each other one is of an attempt whose outcome was unknown."""
    for said in evidence.answers:
        copies = evidence.copies.get(said.token, [])
        sure = [copy for copy in copies if copy.request.n not in evidence.doubtful]
        if len(sure) > 1:
            yield f"{said} stands {len(sure)} times on a phone"


def a_copy_of_which_news_came_is_the_last(evidence: Evidence) -> Iterator[str]:
    """Once a status of a copy was taken, no other one is sent (but by hand, which a word beside it asks for)."""
    told = {life.key.rpartition(":")[0]: life.delivered for life in evidence.world.graph.book.hooks if life.delivered}
    for said in evidence.answers:
        copies = evidence.copies.get(said.token, [])
        for before, after in pairwise(copies):
            known = told.get(before.message.wamid)
            if known is not None and known < after.request.at - timedelta(seconds=5):
                yield f"{said} was sent again at {after.request.at}, though news of it came at {known}"


def words_keep_their_order(evidence: Evidence) -> Iterator[str]:
    """The first posts of a person's words in each topic, one after the other."""
    last: dict[Any, tuple[tuple[int, int], Written]] = {}
    for said in evidence.written:
        posts = evidence.posts.get(said.token)
        if posts:
            place = posts[0].id, posts[0].text.find(said.token)
            where = said.phone, posts[0].topic
            if where in last and last[where][0] > place:
                yield f"{said.token} stands before {last[where][1].token}"
            last[where] = place, said


def answers_keep_their_order(evidence: Evidence) -> Iterator[str]:
    """The first copies of what was written in a topic; what a person had sent again later is left out."""
    last: dict[Any, tuple[int, Said]] = {}
    for said in evidence.answers:
        copies = evidence.copies.get(said.token)
        if not copies or _is_said_undelivered(evidence, said):
            continue
        place = copies[0].place
        if said.topic in last and last[said.topic][0] > place:
            yield f"{said} stands before {last[said.topic][1]}"
        last[said.topic] = place, said


def nobody_is_written_to_outside_the_window(evidence: Evidence) -> Iterator[str]:
    """The desk holds what Meta would refuse, and asks for nothing that Meta does not know."""
    for life in evidence.world.graph.book.hooks:
        if life.key.endswith(":failed"):
            yield f"{life}"
    for request in evidence.world.graph.book.requests:
        if request.code in BAD_REQUESTS:
            yield f"{request.body}: {request.details}"


def what_arrived_bears_its_mark(evidence: Evidence) -> Iterator[str]:
    """Under way, arrived or seen, or what the reader thinks of it."""
    bot = evidence.world.telegram.world.bot.id
    for said in evidence.answers:
        copies = evidence.copies.get(said.token)
        if not copies or said.topic is None or said.topic.deleted or _is_said_undelivered(evidence, said):
            continue
        feelings = {copy.message.reactions.get("user") for copy in copies} - {None}
        if said.message.reactions.get(bot) not in MARKS | feelings:
            yield f"{said} bears {said.message.reactions.get(bot)}"


def nothing_is_left_to_do(evidence: Evidence) -> Iterator[str]:
    yield from (f"outbox: {row}" for row in evidence.world.waiting())
    odd = evidence.world.database.rows("SELECT id, state, error, raw FROM inbox WHERE state != 'done'")
    yield from (f"inbox: {row}" for row in odd)


PROMISES: tuple[Callable[[Evidence], Iterator[str]], ...] = (
    every_webhook_is_kept,
    every_word_arrives,
    every_answer_arrives_or_is_said_not_to,
    nothing_strays,
    nothing_is_doubled_without_a_doubt,
    a_copy_of_which_news_came_is_the_last,
    words_keep_their_order,
    answers_keep_their_order,
    nobody_is_written_to_outside_the_window,
    what_arrived_bears_its_mark,
    nothing_is_left_to_do,
)
