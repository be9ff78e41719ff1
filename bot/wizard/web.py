"""How messages come in: by asking, which needs nothing; or by being called, which needs a public address."""

from bot.wizard import whatsapp
from bot.wizard.answers import fits
from bot.wizard.sitting import Sitting

MODE, ADDRESS, PORT = "telegram.mode", "web.public_url", "web.port"
KEYS = (MODE, ADDRESS, PORT)
USUAL_PORT = 8080


def ask(sitting: Sitting) -> None:
    sitting.talk.say("web")
    mode = sitting.ask_and_keep(MODE, "polling")
    with_whatsapp = bool(sitting.answers.get(whatsapp.ON))
    if mode == "polling" and not with_whatsapp:
        return
    sitting.talk.say("web_address")
    url = sitting.ask_and_keep(ADDRESS, takes=lambda text: bool(text) and fits(ADDRESS, text)).rstrip("/")
    port = sitting.ask_and_keep(PORT, USUAL_PORT, takes=lambda text: text not in ("", "0") and fits(PORT, text))
    sitting.answers.put(PORT, int(port))
    if with_whatsapp:
        code, words = sitting.answers.get("office.code"), sitting.answers.get(whatsapp.WORDS)
        sitting.talk.say("web_callback", url=f"{url}/whatsapp/{code}", words=words)
