"""The configuration of the demo's desk: BPS Kabupaten Labuhanbatu as its standard No. 107 describes it."""

import tomllib
from pathlib import Path

from bot.playground.graph.standard import NAMES
from bot.settings import Office

_OFFICE = """\
[office]
code = "1207"
name = "BPS Kabupaten Labuhanbatu"
name_en = "BPS-Statistics Labuhanbatu Regency"
timezone = "Asia/Jakarta"
address = "Jalan Ahmad Yani No. 88 simpang Jalan Kartini, Rantauprapat 21418"
phone = "(0624) 21207"
email = "bps1207@bps.go.id"
website = "https://labuhanbatukab.bps.go.id"
decree = "107"
complaint_url = "http://s.bps.go.id/WBS1207"
complaint_email = "bps1207@bps.go.id"
suggestion_box = "lantai 1 BPS Kabupaten Labuhanbatu"

[office.hours]
mon = "08:00-15:30"
tue = "08:00-15:30"
wed = "08:00-15:30"
thu = "08:00-15:30"
fri = "08:00-16:00"
"""
_REST = """\

[telegram]
token = "{token}"
staff_chat_id = {staff_chat_id}
admin_ids = [{admin_id}]
api_url = "{api_url}"

[mail]
host = "{mail_host}"
port = {mail_port}
security = "none"
from_address = "konsultasi@bps1207.example"

[whatsapp]
enabled = true
phone_number_id = "{phone_number_id}"
waba_id = "{waba_id}"
access_token = "{access_token}"
app_secret = "{app_secret}"
verify_token = "{verify_token}"
graph_url = "{graph_url}"
media_hosts = ["127.0.0.1"]

[whatsapp.pace]
seconds = {pair_seconds}

[whatsapp.templates]
{templates}

[web]
port = {web_port}

[storage]
url = "sqlite:///{database}"

[supervisor]
chat_id = {supervisor_id}
"""


def office() -> Office:
    """The office of the demo."""
    return Office(**tomllib.loads(_OFFICE)["office"])


def write_configuration(path: Path, **values: str | float) -> None:
    """Writes the file. `values`: token, staff_chat_id, admin_id, api_url, mail_host, mail_port, database,
    supervisor_id; phone_number_id, waba_id, access_token, app_secret, verify_token, graph_url,
    pair_seconds and web_port for WhatsApp.
    """
    templates = "\n".join(f'{purpose} = "{name}"' for purpose, name in NAMES.items())
    path.write_text(_OFFICE + _REST.format(templates=templates, **values), encoding="utf-8")
