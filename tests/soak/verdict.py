"""All promises of the simulation, held against what a soak left behind."""

from dataclasses import dataclass
from typing import Any

from bot.clock import Clock
from bot.desk.facts import texts_of
from bot.playground.telegram import Telegram
from bot.settings import Settings
from bot.texts import Texts
from tests.checker import Database
from tests.simulation.book import Book, Role
from tests.simulation.evidence import Evidence
from tests.simulation.promises import PROMISES
from tests.simulation.users import User
from tests.soak.crowd import Crowd
from tests.soak.ground import Ground, Letters, Network


@dataclass
class Scene:
    """What the evidence asks of a world."""

    telegram: Telegram
    network: Network
    book: Book
    clock: Clock
    mail_room: Letters
    users: list[User]
    database: Database
    texts: Texts

    def waiting(self) -> list[Any]:
        return self.database.rows(
            "SELECT id, lane, dest, kind, state, attempts, error FROM outbox"
            " WHERE state IN ('queued', 'sending', 'unknown', 'held')"
        )


@dataclass
class Verdict:
    """`faults` is empty when every promise was kept; the counts are of messages of people.

    What did not arrive is a draft (no ticket yet), feedback or part of a complaint, or its author was told.
    """

    faults: list[str]
    said: int
    arrived: int
    drafts: int
    doubled: int
    edited: int
    inside_penalty: int

    @property
    def elsewhere(self) -> int:
        return self.said - self.arrived - self.drafts


def judge(ground: Ground, crowd: Crowd, settings: Settings) -> Verdict:
    """At rest only."""
    database = Database(ground.path)
    try:
        telegram = ground.telegram
        scene = Scene(
            *(telegram, telegram.network, crowd.book, ground.clock, crowd.letters, list(crowd.users)),
            database=database,
            texts=texts_of(settings),
        )
        evidence = Evidence(scene)
        faults = [f"{promise.__name__}: {fault}" for promise in PROMISES for fault in promise(evidence)]
        relayed = list(crowd.book.by(Role.TALK, Role.ANSWER))
        copies = [evidence.copies[said] for said in relayed if said in evidence.copies]
        return Verdict(
            faults,
            said=len(relayed),
            arrived=len(copies),
            drafts=sum(kept is not None and kept.ticket is None for kept in map(evidence.kept, relayed)),
            doubled=sum(len(posts) - 1 for posts in copies),
            edited=sum(len(said.edits) for said in relayed),
            inside_penalty=telegram.ledger.inside_penalty,
        )
    finally:
        database.close()
