"""The texts of an office, from its configuration."""

from bot.domain.offices import zone_label
from bot.settings import Settings
from bot.texts import OfficeFacts, Texts


def texts_of(settings: Settings) -> Texts:
    office, service = settings.office, settings.service
    facts = OfficeFacts(
        code=office.code,
        name=office.name,
        name_en=office.name_en,
        zone=office.zone,
        zone_label=zone_label(office.zone),
        address=office.address,
        phone=office.phone,
        email=office.email,
        website=office.website,
        decree=office.decree,
        complaint_url=office.complaint_url,
        complaint_email=office.complaint_email,
        suggestion_box=office.suggestion_box,
        answer_days=service.answer_within_working_days,
        silence_days=service.silence_days,
        reopen_days=service.reopen_within_days,
    )
    return Texts(facts, retention=settings.privacy.kept(settings.office.language))
