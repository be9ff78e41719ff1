"""The people of the demo: two of the public, two officers, the administrator, and the one who answers for the desk."""

from dataclasses import dataclass

from bot.playground.acts import Stage
from bot.playground.graph.graph import Graph
from bot.playground.graph.phone import WhatsAppPhone
from bot.playground.people import Person
from bot.playground.telegram import Telegram

ADMIN_ID = 3001
SUPERVISOR_ID = 4001


@dataclass(frozen=True)
class Cast:
    """Everybody there is at the start; staff have started the bot already. `phone`: somebody on WhatsApp."""

    user: Person
    phone: WhatsAppPhone
    officer: Person
    colleague: Person
    admin: Person
    supervisor: Person

    @property
    def roles(self) -> dict[int, str]:
        """Who is not of the public, by person id."""
        return {
            self.officer.id: "officer",
            self.colleague.id: "officer",
            self.admin.id: "admin",
            self.supervisor.id: "supervisor",
        }

    def enter(self, stage: Stage) -> None:
        """Makes all of them playable."""
        for person in (self.user, self.officer, self.colleague, self.admin, self.supervisor):
            stage.add(person)


def assemble(telegram: Telegram, graph: Graph) -> Cast:
    """The cast in stand-ins that have nobody yet: officers and admin are in the staff group, the bot is its admin."""
    cast = Cast(
        user=Person(telegram, id=1001, first_name="Siti", last_name="Aminah"),
        phone=WhatsAppPhone(graph, 6281260002002, "Maria Sihombing"),
        officer=Person(telegram, id=2001, first_name="Rina", last_name="Lubis", staff="member"),
        colleague=Person(telegram, id=2002, first_name="Togar", last_name="Siregar", staff="member"),
        admin=Person(telegram, id=ADMIN_ID, first_name="Ucok", last_name="Harahap", staff="administrator"),
        supervisor=Person(telegram, id=SUPERVISOR_ID, first_name="Dewi", last_name="Nasution"),
    )
    for person in (cast.officer, cast.colleague, cast.admin, cast.supervisor):
        person.account.started = True
    return cast
