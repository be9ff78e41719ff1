"""The office's facts and hours, and who hears of complaints."""

from functools import partial

from bot.domain.ids import OfficeCode
from bot.domain.offices import zone_of
from bot.settings import Hours
from bot.wizard.answers import fits
from bot.wizard.sitting import Sitting

FACTS = (
    *("office.code", "office.name", "office.name_en", "office.timezone"),
    *("office.address", "office.phone", "office.email", "office.website", "office.decree"),
    *("office.complaint_url", "office.complaint_email", "office.suggestion_box"),
)
DAYS = {"office.hours.mon": ("mon", "tue", "wed", "thu"), "office.hours.fri": ("fri",)}
HOURS = tuple(f"office.hours.{day}" for days in DAYS.values() for day in days)
LAST = ("supervisor.email", "privacy.dpo_contact")


def ask_facts(sitting: Sitting) -> None:
    for key in FACTS:
        sitting.ask_and_keep(key, _usual_zone(sitting) if key == "office.timezone" else "")
    for key, days in DAYS.items():
        hours = sitting.ask_and_keep(key, getattr(Hours(), days[0]), takes=partial(_are_hours, key))
        for day in days:
            sitting.answers.put(f"office.hours.{day}", hours)


def _are_hours(key: str, text: str) -> bool:
    """Some hours: an office that is never open is a slip here."""
    return bool(text) and fits(key, text)


def _usual_zone(sitting: Sitting) -> str:
    zone = zone_of(OfficeCode(sitting.answers.get("office.code")))
    return zone.key if zone else "Asia/Jakarta"


def ask_last(sitting: Sitting) -> None:
    sitting.talk.say("supervisor")
    for key in LAST:
        sitting.ask_and_keep(key)
