"""What gives an officer's account away, and what does not (DOMAIN.md §6 rule 23)."""

import pytest

from bot.domain.discretion import handles, is_discreet, without_accounts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hubungi @Rina_L saja", {"rina_l"}),
        ("https://t.me/rina_l dan telegram.me/joko", {"rina_l", "joko"}),
        ("tg://resolve?domain=rina_l", {"rina_l"}),
        ("Tulis ke rina@gmail.com", set()),
        ("harga @ Rp5.000, pukul 3 @@", set()),
        ("", set()),
    ],
)
def test_user_names_are_found_however_they_are_written(text: str, found: set[str]) -> None:
    assert handles(text) == found


def test_a_link_behind_other_words_is_found_too() -> None:
    assert handles("klik di sini", [{"type": "text_link", "offset": 0, "length": 4, "url": "https://t.me/Rina_L"}]) == {
        "rina_l"
    }


def test_only_marks_that_lead_to_an_account_are_left_out() -> None:
    bold = {"type": "bold", "offset": 0, "length": 4}
    link = {"type": "text_link", "offset": 0, "length": 4, "url": "https://bps.go.id"}
    account = {"type": "text_mention", "offset": 0, "length": 4, "user": {"id": 2001}}
    by_link = {"type": "text_link", "offset": 0, "length": 4, "url": "tg://user?id=2001"}
    assert without_accounts([bold, account, link, by_link]) == [bold, link]


@pytest.mark.parametrize("name", ["Rina Lubis", "Ibu Rina", "Dr. Joko, S.Si", "Petugas 7"])
def test_a_name_may_be_shown(name: str) -> None:
    assert is_discreet(name)


@pytest.mark.parametrize("name", ["", "@rina", "Rina 0811600012", "t.me/rina", "123", "Rina\u202e", "x" * 61, "<b>"])
def test_what_is_no_name_is_not_shown(name: str) -> None:
    assert not is_discreet(name)
