"""One run of the wizard: the talk, the answers, and what was learnt on the way."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.channels.telegram.acquaintance import Heard
from bot.wizard.answers import Answers, fits
from bot.wizard.talk import Talk

YES, NO = {"ya", "y", "yes"}, {"tidak", "t", "no", "n"}


@dataclass
class Sitting:
    """`heard`: who wrote to the bot when it was last looked at, at `listened` of the monotonic clock."""

    talk: Talk
    answers: Answers
    api_url: str
    username: str = ""
    heard: list[Heard] = field(default_factory=list)
    listened: float = 0.0

    @property
    def token(self) -> str:
        return str(self.answers.get("telegram.token") or "")

    def ask(
        self, key: str, default: object = "", *, secret: bool = False, takes: Callable[[str], bool] | None = None
    ) -> str:
        """Ask until the answer will do; it is not kept yet. By default the settings say what will do."""
        takes = takes or (lambda text: fits(key, text))
        while not takes(typed := self.talk.ask(key, str(default), secret=secret)):
            self.talk.wrong(key)
        return typed

    def ask_and_keep(
        self, key: str, default: object = "", *, secret: bool = False, takes: Callable[[str], bool] | None = None
    ) -> str:
        """The same for what needs no other test. What was answered before goes over `default`."""
        before = self.answers.get(key)
        typed = self.ask(key, default if before is None else before, secret=secret, takes=takes)
        self.answers.put(key, typed)
        return typed

    def agrees(self, key: str) -> bool:
        """A question of yes or no, in any of the languages; without an answer it stays as it was, which is no."""
        words = {True: self.talk.text("say", "yes"), False: self.talk.text("say", "no")}
        typed = self.ask(key, words[bool(self.answers.get(key))], takes=lambda text: text.lower() in YES | NO)
        self.answers.put(key, typed.lower() in YES)
        return typed.lower() in YES
