"""A clerk sets the desk up with `meja init` on a real terminal, and makes every mistake there is to make."""

import asyncio
import json
import tomllib

from bot.errors import Exit
from bot.settings import load
from bot.wizard.wizard import STEPS
from tests.postgres import ROLE, named, new_database
from tests.wizard.conftest import Desk
from tests.wizard.terminal import Terminal

GROUP = -1001234567890


async def _office(screen: Terminal) -> None:
    await screen.answers(
        ("Kode BPS kantor, empat angka:", "12.07"),
        ("empat angka, misalnya 1207", ""),
        ("empat angka, misalnya 1207", "7107"),
        ("Nama kantor:", "BPS Kabupaten Bolaang Mongondow"),
        ("bahasa Inggris:", ""),
        ("Zona waktu [Asia/Makassar]:", "WITA"),
        ("Zona waktu ditulis", ""),
        ("Alamat:", "Jalan Amal No. 1"),
        ("Telepon:", ""),
        ("E-mail kantor:", ""),
        ("Situs web:", ""),
        ("Nomor SK standar pelayanan:", "12"),
        ("Formulir pengaduan (alamat web):", ""),
        ("E-mail pengaduan:", ""),
        ("Letak kotak saran:", ""),
        ("Senin sampai Kamis [08:00-15:30]:", "jam delapan"),
        ("Jam ditulis seperti", ""),
        ("Jumat [08:00-16:00]:", "08:00-11:30, 13:30-16:00"),
    )


async def _bot(desk: Desk, screen: Terminal) -> None:
    prompt = "Token (tidak terlihat saat ditempel):"
    await screen.answers((prompt, "halo"))
    await screen.sees("Itu belum berbentuk token")
    await screen.answers((prompt, "42:SALAH"))
    await screen.sees("Telegram menolak token ini (Unauthorized)")
    await screen.answers((prompt, desk.telegram.token))
    await screen.sees("✓ Bot Telegram: @")


async def _group(desk: Desk, screen: Terminal) -> None:
    """No /id, no topics, no rights, and then all is well."""
    staff = desk.telegram.staff
    staff.body.pop("is_forum")
    await desk.clerk.set_bot_status("member")
    await screen.answers(("atau nomor grup:", ""))
    await screen.sees("Belum terlihat /id")
    await desk.clerk.say("/id", topic=None)
    await screen.answers(("atau nomor grup:", ""))
    await screen.sees(f"Grup ditemukan: Petugas PST ({GROUP})")
    await screen.sees("belum memakai topik")
    await screen.sees("bot bukan admin di grup petugas")
    staff.body["is_forum"] = True
    await desk.clerk.set_bot_status("administrator", rights={"can_manage_chat"})
    await screen.answers((f"atau nomor grup [{GROUP}]:", ""))
    await screen.sees("bot tidak boleh mengelola topik")
    await desk.clerk.set_bot_status("administrator", rights={"can_manage_chat", "can_manage_topics"})
    await screen.answers((f"atau nomor grup [{GROUP}]:", ""))
    await screen.sees("✓ Hak bot di grup")


async def _admins(desk: Desk, screen: Terminal) -> None:
    await screen.sees("Yang baru menulis kepada bot: 111 (Ucok)")
    await screen.answers(("pisahkan dengan koma [111]:", "@ucok"), ("Bukan @nama", ""))
    await screen.sees("bot belum dapat menulis kepada 111")
    await desk.clerk.say("/start")
    await screen.answers(("koma [111]:", ""))
    await screen.sees("✓ Admin")


async def _mail(desk: Desk, screen: Terminal) -> None:
    """A wrong host, a plain connection to a stranger, a refused mail, a wrong code; then it arrives."""
    await screen.answers(
        ("Server SMTP:", "smtp.invalid"),
        ("Port [587]:", "lima"),
        ("Port adalah angka", ""),
        ("Pengamanan (starttls, tls, none) [starttls]:", "none"),
        ("none hanya untuk server di komputer ini", ""),
        ("Nama pengguna:", ""),
        ("Alamat pengirim:", "konsultasi bps"),
        ("Satu alamat e-mail biasa", "konsultasi@bps7107.example"),
    )
    await screen.sees("✗ Server surat: smtp.invalid:587 tidak dapat dihubungi")
    await desk.mailbox.break_with("550", times=1)
    await screen.answers(
        ("Server SMTP [smtp.invalid]:", desk.mailbox.host),
        ("Port [587]:", str(desk.mailbox.port)),
        ("Pengamanan (starttls, tls, none) [starttls]:", "none"),
        ("Nama pengguna:", ""),
        ("[konsultasi@bps7107.example]:", ""),
        ("surat uji ke alamat mana", "ucok@bps7107.example"),
    )
    await screen.sees("Server menolak surat itu (550)")
    await screen.answers(
        ("Server SMTP", ""),
        ("Port", ""),
        ("Pengamanan", ""),
        ("Nama pengguna", ""),
        ("Alamat pengirim", ""),
        ("surat uji ke alamat mana", "ucok@bps7107.example"),
        ("Kode enam angka", "12345"),
        ("Kode belum sesuai", "u"),
    )
    stale = await desk.code("ucok@bps7107.example")
    await screen.answers(("surat uji ke alamat mana", "ucok@bps7107.example"), ("Kode enam angka", stale))
    await screen.answers(("Kode belum sesuai", await desk.code("ucok@bps7107.example")))
    await screen.sees("✓ Surat sampai")


async def test_a_clerk_who_gets_everything_wrong_once_has_a_desk_in_the_end(desk: Desk) -> None:
    async with desk.wizard() as screen:
        await screen.answers(("Bahasa / Language", "3"), ("Bahasa / Language", "1"))
        await _office(screen)
        await _bot(desk, screen)
        await _group(desk, screen)
        await _admins(desk, screen)
        await _mail(desk, screen)
        await screen.answers(
            ("E-mail atasan:", "kepala"),
            ("Satu alamat e-mail biasa", "kepala@bps7107.example"),
            ("(PPDP):", ""),
            ("Tempat data [sqlite:///var/meja.db]:", "data.db"),
            ("diawali sqlite:///", ""),
            ("Folder cadangan", "/dev/null/cadangan"),
            ("tidak dapat menulis di /dev/null/cadangan", "-"),
            ("WhatsApp juga? (ya/tidak) [tidak]:", "mungkin"),
            ("Jawab ya atau tidak", ""),
            ("(polling, webhook) [polling]:", ""),
            ("nomor bagian yang ingin diubah", "1"),
            ("[7107]:", ""),
            ("Nama kantor [BPS Kabupaten Bolaang Mongondow]:", "BPS Bolmong"),
        )
        for _ in range(12):
            screen.types("")
        await screen.answers(("1. Kantor: 7107 · BPS Bolmong", ""))
        await screen.sees("hanya dapat dibaca pemiliknya")
        await screen.sees("meja run --config config.toml")
        assert await screen.ends() == Exit.OK
        shown = screen.screen
    assert desk.telegram.token not in shown and "Traceback" not in shown
    settings = load(desk.config)
    assert (settings.office.code, settings.office.name, settings.office.phone) == ("7107", "BPS Bolmong", "")
    assert settings.office.hours.thu == "08:00-15:30" and settings.office.hours.fri == "08:00-11:30, 13:30-16:00"
    assert settings.telegram.staff_chat_id == GROUP and settings.telegram.admin_ids == (111,)
    assert settings.telegram.token.get_secret_value() == desk.telegram.token
    assert desk.config.stat().st_mode & 0o777 == 0o600 and not desk.draft.exists()
    assert "# The BPS code of the office in four digits" in desk.config.read_text("utf-8")
    assert len(desk.telegram.world.updates) == len(desk.telegram.ledger.updates), "an update was confirmed"


async def test_ctrl_c_keeps_the_answers_and_the_next_sitting_goes_on_with_them_in_english(desk: Desk) -> None:
    async with desk.wizard("--lang", "en") as screen:
        await screen.answers(("four digits:", "1207"), ("(in Indonesian):", "BPS Kabupaten Labuhanbatu"))
        for _ in range(12):
            screen.types("")
        await screen.answers(("Token (not shown", desk.telegram.token))
        await screen.sees("Enter once /id is written")
        await screen.stops_it("Your answers are kept in .config.toml.draft")
        assert await screen.ends() == Exit.INTERRUPTED
    assert desk.draft.stat().st_mode & 0o777 == 0o600 and not desk.config.exists()
    await desk.clerk.say("/id", topic=None)
    await desk.clerk.say("/start")
    async with desk.wizard() as screen:
        await screen.sees("Done already: Office, Telegram bot")
        await screen.answers(("Enter once /id is written", ""), ("with commas [111]:", ""))
        await screen.answers(
            ("SMTP server:", desk.mailbox.host),
            ("Port [587]:", str(desk.mailbox.port)),
            ("none) [none]:", ""),
            ("User name:", ""),
            ("Sender's address:", "desk@bps1207.example"),
            ("Where should a test mail go?", ""),
        )
        await screen.answers(("six digits", await desk.code("desk@bps1207.example")))
        await screen.answers(("supervisor's e-mail", ""), ("data protection officer:", ""), ("data goes", ""))
        await screen.answers(("Folder of the copies", ""), ("WhatsApp too? (yes/no) [no]", ""), ("[polling]:", ""))
        await screen.answers(("Enter to write", ""))
        assert await screen.ends() == Exit.OK
    assert load(desk.config).mail.from_address == "desk@bps1207.example"


async def test_an_office_with_whatsapp_a_webhook_and_postgresql_gets_what_is_wrong_told_at_once(
    desk: Desk, postgres_server: str
) -> None:
    await desk.clerk.say("/start")
    graph = desk.graph
    _six_parts_done(desk)
    async with new_database(postgres_server, empty=True) as url, desk.wizard() as screen:
        await screen.answers(("Tempat data", named(postgres_server, "nowhere", ROLE)))
        await screen.answers(("✗ Basis data: tidak tersambung", url))
        await screen.answers(("✓ Basis data", "/dev/null/meja.secret"))
        await screen.answers(("tidak dapat menulis di /dev/null", str(desk.folder / "meja.secret")))
        await screen.answers(
            ("WhatsApp juga? (ya/tidak) [tidak]:", "Ya"),
            ("Phone number ID:", "+62 624 21207"),
            ("hanya angka", graph.phone_number_id),
            ("WhatsApp Business Account ID:", graph.waba_id),
            ("Token pengguna sistem", "EAAwrong"),
            ("App secret", graph.app_secret),
        )
        await screen.sees("✗ WhatsApp: Meta menolak token")
        for question in ("Phone number ID", "WhatsApp Business Account ID"):
            await screen.answers((question, ""))
        await screen.answers(("Token pengguna sistem", graph.token), ("App secret", ""))
        await screen.sees("✓ WhatsApp: BPS Kabupaten Labuhanbatu")
        await screen.answers(
            ("Verify token", "kata kami"),
            ("[polling]:", "webhook"),
            ("Alamat umum meja ini:", "http://konsultasi.example.go.id"),
            ("diawali https://", "https://konsultasi.example.go.id/"),
            ("reverse proxy [8080]:", ""),
        )
        await screen.sees("https://konsultasi.example.go.id/whatsapp/1207 Verify token: kata kami")
        await screen.answers(("nomor bagian yang ingin diubah", ""))
        await screen.ends()
        shown = screen.screen
    assert (
        graph.token not in shown
        and graph.app_secret not in shown
        and "Tempat data dan cadangan: postgresql://***@" in shown
    )
    settings = load(desk.config)
    assert (settings.storage.url, settings.security.secret_file) == (url, str(desk.folder / "meja.secret"))
    assert settings.whatsapp.enabled and settings.whatsapp.access_token.get_secret_value() == graph.token
    assert (settings.telegram.mode, settings.web.port) == ("webhook", 8080)
    assert settings.web.public_url.rstrip("/") == "https://konsultasi.example.go.id"


def _six_parts_done(desk: Desk) -> None:
    """An earlier sitting ended where the parts begin that may be skipped."""
    values = {
        "office.code": "1207",
        "office.name": "BPS Kabupaten Labuhanbatu",
        "telegram.token": desk.telegram.token,
        "telegram.staff_chat_id": GROUP,
        "telegram.admin_ids": [111],
        "telegram.api_url": desk.url,
        "mail.host": desk.mailbox.host,
        "mail.port": desk.mailbox.port,
        "mail.security": "none",
        "mail.from_address": "desk@bps1207.example",
    }
    done = list(STEPS)[:6]
    desk.draft.write_text(json.dumps({"lang": "id", "done": done, "values": values}))


def _office_and_mail(desk: Desk) -> tuple[str, ...]:
    facts = ("--code", "1207", "--name", "BPS Kabupaten Labuhanbatu", "--group", str(GROUP), "--admin", "111")
    server = ("--mail-host", desk.mailbox.host, "--mail-port", str(desk.mailbox.port), "--mail-security", "none")
    (desk.folder / "token").write_text(desk.telegram.token + "\n")
    return (*facts, *server, "--mail-from", "desk@bps1207.example", "--token-file", "token")


async def test_options_alone_bring_whatsapp_and_a_folder_of_copies_too(desk: Desk) -> None:
    await desk.clerk.say("/start")
    graph = desk.graph
    (desk.folder / "meta").write_text(graph.token)
    (desk.folder / "app").write_text(graph.app_secret)
    number = ("--whatsapp-number", graph.phone_number_id, "--whatsapp-account", graph.waba_id)
    keys = ("--whatsapp-token-file", "meta", "--whatsapp-secret-file", "app")
    given = (*_office_and_mail(desk), "--no-input", "--lang", "en", "--backup-folder", "copies", *number, *keys)
    async with desk.wizard(*given) as screen:
        assert await screen.ends() == Exit.CONFIG
        assert "no answer for web.public_url" in screen.screen
    async with desk.wizard(*given, "--public-url", "https://konsultasi.example.go.id") as screen:
        await screen.ends()
    settings = load(desk.config)
    assert settings.whatsapp.enabled and settings.backup.folder == "copies" and settings.telegram.mode == "polling"
    assert len(settings.whatsapp.verify_token.get_secret_value()) > 12


async def _silently(desk: Desk, *more: str) -> tuple[int, str]:
    (desk.folder / "token").write_text(desk.telegram.token + "\n")
    async with desk.wizard("--no-input", "--lang", "en", "--token-file", "token", *more) as screen:
        return await screen.ends(), screen.screen


async def test_options_alone_are_enough(desk: Desk) -> None:
    await desk.clerk.say("/start")
    facts = ("--code", "1207", "--name", "BPS Kabupaten Labuhanbatu", "--group", str(GROUP), "--admin", "111")
    server = ("--mail-host", desk.mailbox.host, "--mail-port", str(desk.mailbox.port), "--mail-security", "none")
    code, screen = await _silently(desk, *facts, *server)
    assert code == Exit.CONFIG and "no answer for mail.from_address" in screen and not desk.config.exists()
    code, screen = await _silently(desk, *facts, *server, "--mail-from", "desk@bps1207.example")
    assert code == Exit.OK, screen
    assert load(desk.config).office.timezone == "Asia/Jakarta"
    assert desk.mailbox.mails == []


async def test_what_an_option_says_is_tested_too(desk: Desk) -> None:
    code, screen = await _silently(desk, "--code", "1207", "--name", "BPS Labuhanbatu", "--group", "-100999")
    assert code == Exit.CONFIG and "cannot see the group -100999" in screen


async def test_a_file_that_is_there_keeps_what_is_not_asked_and_its_own_words(desk: Desk) -> None:
    await desk.clerk.say("/start")
    desk.config.write_text(
        f"""# ours
[office]
code = "1207"  # old
name = "BPS Kabupaten Labuhanbatu"
[service]
silence_days = 9
[telegram]
token = "{desk.telegram.token}"
staff_chat_id = {GROUP}
admin_ids = [
  111,
  111,
]
[mail]
host = "{desk.mailbox.host}"
port = {desk.mailbox.port}
security = "none"
from_address = "desk@bps1207.example"
"""
    )
    code, screen = await _silently(desk, "--name", "BPS Labuhanbatu", "--admin", "111")
    assert code == Exit.OK, screen
    written = desk.config.read_text("utf-8")
    assert written.startswith("# ours\n") and tomllib.loads(written)["telegram"]["admin_ids"] == [111]
    assert (load(desk.config).service.silence_days, load(desk.config).office.name) == (9, "BPS Labuhanbatu")
    assert "BPS Kabupaten Labuhanbatu" in (desk.folder / "config.toml.old").read_text("utf-8")


async def test_without_a_terminal_it_says_what_to_do_instead(desk: Desk) -> None:
    import sys

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "init", "--config", str(desk.config)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == Exit.CONFIG and "--no-input" in output.decode()
