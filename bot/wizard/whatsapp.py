"""WhatsApp, for an office that wants it: the number and its keys are tried at Meta before they are kept."""

import asyncio
import secrets
from functools import partial

from bot.channels.whatsapp import doctor
from bot.settings import Settings
from bot.wizard.answers import fits
from bot.wizard.sitting import Sitting

ON = "whatsapp.enabled"
NUMBER = ("whatsapp.phone_number_id", "whatsapp.waba_id")
SECRETS = ("whatsapp.access_token", "whatsapp.app_secret")
WORDS = "whatsapp.verify_token"
KEYS = (ON, *NUMBER, *SECRETS, WORDS)


def ask(sitting: Sitting) -> None:
    sitting.talk.say("whatsapp")
    if not sitting.agrees(ON):
        return
    sitting.talk.say("whatsapp_meta")
    while True:
        for key in (*NUMBER, *SECRETS):
            sitting.ask_and_keep(key, secret=key in SECRETS, takes=partial(_is_given, key))
        if _is_well(sitting):
            break
        sitting.talk.once_more(NUMBER[0])
    sitting.ask_and_keep(WORDS, secrets.token_urlsafe(12), takes=bool)


def _is_given(key: str, text: str) -> bool:
    return bool(text) and fits(key, text)


def _is_well(sitting: Sitting) -> bool:
    """Token, number and account; that a template or the webhook is missing yet is told, and is for later."""
    findings = asyncio.run(doctor.account(Settings(**sitting.answers.tree())))
    for finding in findings:
        sitting.talk.found(finding)
    return all(finding.ok or finding.verdict == "poor" for finding in findings if finding.name == "whatsapp")
