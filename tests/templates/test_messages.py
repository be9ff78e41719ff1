"""Every message in every language is one that Telegram takes and that a person can read."""

import re
from html.parser import HTMLParser

import pytest

from bot.texts import CARD_QUESTION_LIMIT, Texts, languages
from tests.templates.samples import CASES, MAILS, NUMBER, ROW, TICKET, Params

MESSAGE_UNITS, TOAST_CHARACTERS = 4096, 200
TELEGRAM_TAGS = {"b", "i", "u", "s", "a", "code", "pre", "blockquote", "tg-spoiler"}
EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")

DRAWN = [(lang, key, params) for lang in sorted(languages()) for key, cases in CASES.items() for params in cases]
MESSAGES = [case for case in DRAWN if not case[1].startswith("toast_")]
TOASTS = [case for case in DRAWN if case[1].startswith("toast_")]
MAILED = [(lang, key, params) for lang in sorted(languages()) for key, cases in MAILS.items() for params in cases]


class Page(HTMLParser):
    """Reads a message as Telegram would: collects its text, refuses a tag that is unknown or out of place."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TELEGRAM_TAGS
        assert [name for name, _ in attrs] == (["href"] if tag == "a" else [])
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> str:
    page = Page()
    page.feed(html)
    page.close()
    assert page.open == []
    return page.text


@pytest.mark.parametrize(("lang", "key", "params"), MESSAGES)
def test_a_message_is_valid_and_within_the_limit(
    texts: Texts, bare_texts: Texts, lang: str, key: str, params: Params
) -> None:
    for office in (texts, bare_texts):
        text = read(office.render(key, lang, **params))
        assert 0 < len(text.encode("utf-16-le")) // 2 <= MESSAGE_UNITS
        assert "None" not in text and "{" not in text
        assert "\n\n\n" not in text and not re.search(r"[ \t]$|  ", text.replace(str(params.get("text")), ""), re.M)


@pytest.mark.parametrize(("lang", "key", "params"), TOASTS)
def test_a_toast_is_short_and_plain(texts: Texts, lang: str, key: str, params: Params) -> None:
    text = texts.render(key, lang, **params)
    assert 0 < len(text) <= TOAST_CHARACTERS
    assert "&amp;" not in text and "<" not in text and "\n" not in text


@pytest.mark.parametrize(("lang", "key", "params"), MAILED)
def test_a_mail_has_one_subject_line_and_a_body(
    texts: Texts, bare_texts: Texts, lang: str, key: str, params: Params
) -> None:
    for office in (texts, bare_texts):
        mail = office.mail(key, lang, **params)
        assert mail.subject and "\n" not in mail.subject and not mail.subject.startswith("Subject")
        assert office.render("free", lang) not in mail.subject
        assert mail.body.endswith("\n") and "&amp;" not in mail.body and "\n\n\n" not in mail.body


@pytest.mark.parametrize(("lang", "key", "params"), MAILED)
def test_no_words_of_a_person_stand_in_a_subject(texts: Texts, lang: str, key: str, params: Params) -> None:
    words = {name: "=?UTF-8?Q?=0A?=Bcc: x@evil" for name in ("text", "who") if name in params}
    assert "evil" not in texts.mail(key, lang, **params | words).subject


@pytest.mark.parametrize(("lang", "key", "params"), DRAWN)
def test_a_text_is_calm(texts: Texts, lang: str, key: str, params: Params) -> None:
    words = texts.render(key, lang, **{name: "x" if name == "text" else value for name, value in params.items()})
    ours = words.replace("😀", "")
    assert len(EMOJI.findall(ours)) <= 1
    assert not re.search(r"\b(kamu|kakak|kak|anda)\b|!!", ours)
    assert not re.search(r"\bsalah\b(?! satu)|\bwrong\b", ours, re.IGNORECASE)


@pytest.mark.parametrize("lang", sorted(languages()))
def test_what_people_type_is_escaped(texts: Texts, lang: str) -> None:
    evil = '<b>x</b> & <a href="tg://user?id=1">y</a>'
    html = texts.render("staff_feedback", lang, text=evil)
    assert "&lt;b&gt;x&lt;/b&gt; &amp; &lt;a href=" in html
    assert evil in read(html)
    assert evil in texts.mail("answer", lang, number=NUMBER, text=evil).body


def test_a_link_cannot_leave_its_attribute(texts: Texts) -> None:
    row = ROW | {"link": '"><b>'}
    assert "<b>1207" not in texts.render("admin_sla", "id", **CASES["admin_sla"][1] | {"rows": [row]})


def test_the_card_is_compact_and_begins_with_the_number(texts: Texts) -> None:
    card = CASES["staff_card"][0] | {"question": "Berapa jumlah penduduk?"}
    assert read(texts.render("staff_card", "id", **card)) == (
        "1207-2611-0042 · Data\n"
        "Rina Lubis\n"
        "\n"
        "Nama: Siti Rahma (bahasa Inggris, Telegram)\n"
        "Asal: Lembaga pendidikan & penelitian dalam negeri\n"
        "Pemanfaatan: Penelitian\n"
        "E-mail: siti@contoh.go.id\n"
        "Dibuka: Senin, 23 November 2026 pukul 10.00 WIB\n"
        "Tenggat: Kamis, 26 November 2026 pukul 15.30 WIB\n"
        "———\n"
        "Berapa jumlah penduduk?"
    )


def test_a_question_within_the_limit_stands_whole_on_the_card(texts: Texts) -> None:
    question = "😀" * (CARD_QUESTION_LIMIT // 2)
    assert read(texts.render("staff_card", "id", **CASES["staff_card"][0] | {"question": question})).endswith(question)


def test_the_user_hears_number_type_and_due_moment(texts: Texts) -> None:
    opened = {name: TICKET[name] for name in ("number", "type", "due")}
    assert texts.render("opened", "id", **opened).startswith(
        "Tiket <b>1207-2611-0042</b> dibuka (Data). Petugas akan menyampaikan jawaban paling lambat "
        "<b>Kamis, 26 November 2026 pukul 15.30 WIB</b> (3 hari kerja)."
    )
    assert texts.render("opened", "en", **opened).startswith(
        "Ticket <b>1207-2611-0042</b> is open (Data). An officer will answer by "
        "<b>Thursday, 26 November 2026, 15:30 WIB</b> (3 working days)."
    )


def test_a_period_without_figures_says_so_and_shows_no_zero_score(texts: Texts) -> None:
    empty = read(texts.render("admin_report", "id", **CASES["admin_report"][1]))
    assert "Skor rata-rata: belum ada data" in empty
    assert "Dijawab dalam 3 hari kerja: belum ada data" in empty
    full = read(texts.render("admin_report", "id", **CASES["admin_report"][0]))
    assert "Skor rata-rata: 4,6 dari 5 (bukan IKM)" in full
    assert "Dijawab dalam 3 hari kerja: 89,7 % (35 dari 39)" in full


def test_a_long_board_says_which_page_it_is(texts: Texts) -> None:
    board = read(texts.render("admin_sla", "id", **CASES["admin_sla"][0]))
    assert "lewat 2 hari kerja" in board and "tenggat hari ini" in board and "sisa 3 hari kerja" in board
    assert "Halaman 2 dari 3" in board and "dan 30 lainnya" in board
