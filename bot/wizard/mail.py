"""The mail server: connection, encryption and login are tried, then a mail whose code has to come back."""

import asyncio
import secrets

from bot.channels.base import SendError
from bot.check import mail_server
from bot.clock import SystemClock
from bot.delivery.mail import Mailer
from bot.desk.facts import texts_of
from bot.domain.addresses import is_plain
from bot.settings import Mail, Settings, is_loopback
from bot.wizard.answers import fits
from bot.wizard.sitting import Sitting

KEYS = ("mail.host", "mail.port", "mail.security", "mail.username", "mail.password", "mail.from_address")
USUAL_SECURITY = {"465": "tls"}
# What may be typed in place of the code.
AGAIN, SERVER = "u", "s"


def ask(sitting: Sitting) -> None:
    sitting.talk.say("mail")
    while True:
        for key in KEYS:
            _ask_one(sitting, key)
        if sitting.talk.found(asyncio.run(mail_server(_mail(sitting)))) and _arrives(sitting):
            return
        sitting.talk.once_more("mail.host")


def _ask_one(sitting: Sitting, key: str) -> None:
    answers = sitting.answers
    host, port = str(answers.get("mail.host") or ""), str(answers.get("mail.port") or "")
    usual = {
        "mail.port": "587",
        "mail.security": "none" if is_loopback(host) else USUAL_SECURITY.get(port, "starttls"),
        "mail.from_address": answers.get("mail.username") if is_plain(str(answers.get("mail.username"))) else "",
    }
    if key == "mail.password" and not answers.get("mail.username"):
        answers.put(key, "")
        return

    def takes(text: str) -> bool:
        return fits(key, text) and not (key == "mail.security" and text == "none" and not is_loopback(host))

    typed = sitting.ask_and_keep(key, usual.get(key) or "", secret=key == "mail.password", takes=takes)
    if key == "mail.port":
        answers.put(key, int(typed))


def _mail(sitting: Sitting) -> Mail:
    return Mail(**sitting.answers.tree()["mail"])


def _arrives(sitting: Sitting) -> bool:
    """Whether the code of a test mail came back; False: the server's data is to be changed."""
    if not sitting.talk.asks:
        return True
    while True:
        address = sitting.ask("test_address", sitting.answers.get("mail.from_address"), takes=is_plain)
        code = f"{secrets.randbelow(10**6):06}"
        if not _send(sitting, address, code):
            return False
        match _typed_back(sitting, address, code):
            case "right":
                sitting.talk.say("mail_ok")
                return True
            case "server":
                return False


def _send(sitting: Sitting, address: str, code: str) -> bool:
    settings = Settings(**sitting.answers.tree())
    mail = texts_of(settings).mail("setup_test", sitting.talk.lang, code=code)
    sitting.talk.say("mail_sending", address=address)
    try:
        asyncio.run(Mailer(settings, SystemClock()).send(address, mail, key=f"setup.{secrets.token_hex(4)}"))
    except SendError as error:
        key = "mail_unknown" if error.unknown else "mail_refused"
        sitting.talk.say(key, detail=error.detail, sender=settings.mail.from_address)
        return error.unknown
    sitting.talk.say("mail_sent")
    return True


def _typed_back(sitting: Sitting, address: str, code: str) -> str:
    while (typed := sitting.talk.ask("test_code").lower()) != code:
        if typed in (AGAIN, SERVER):
            return "again" if typed == AGAIN else "server"
        sitting.talk.say("mail_code_wrong", address=address)
    return "right"
