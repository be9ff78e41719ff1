"""E-mail addresses (DOMAIN.md §6 rule 13; QUALITY.md §2 T9)."""

import pytest

from bot.domain.addresses import domain_of, email_key, is_plain, masked

LONGEST = f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 58}.id"


def test_rule_13_addresses_are_one_when_trimmed_and_lowered() -> None:
    assert email_key(" Siti.Aminah+bps@Contoh.GO.ID ") == "siti.aminah+bps@contoh.go.id"


def test_rule_13_dots_and_plus_are_kept_apart() -> None:
    assert len({email_key(address) for address in ("s.a@gmail.com", "sa@gmail.com", "sa+1@gmail.com")}) == 3


def test_a_masked_address_shows_its_first_letter_and_its_domain() -> None:
    assert masked("siti@contoh.go.id") == "s***@contoh.go.id"
    assert masked("s@contoh.go.id") == "s***@contoh.go.id"


@pytest.mark.parametrize(
    "address",
    [
        "siti@contoh.go.id",
        "Siti.Aminah+bps_1@sub.contoh.go.id",
        "a@b.co",
        "1207@bps.go.id",
        "siti@xn--mgbh0fb.xn--kgbechtv",
        "a=b?c@contoh.go.id",
        LONGEST,
    ],
)
def test_plain_addresses_pass(address: str) -> None:
    assert is_plain(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "siti",
        "siti@",
        "@contoh.go.id",
        "siti@contoh",
        "siti@@contoh.go.id",
        "siti@contoh..id",
        "siti@.contoh.id",
        "siti@-contoh.id",
        "siti@contoh-.id",
        "siti@contoh.1",
        ".siti@contoh.go.id",
        "siti.@contoh.go.id",
        "si..ti@contoh.go.id",
        "siti@contoh.go.id.",
        "siti aminah@contoh.go.id",
        " siti@contoh.go.id",
        "siti@contoh.go.id\n",
        "siti@contoh.go.id\r\nBcc: x@evil.example",
        "siti@contoh.go.id\nBcc: x@evil.example",
        "siti\r@contoh.go.id",
        "siti\x00@contoh.go.id",
        "siti\t@contoh.go.id",
        "siti\u2028@contoh.go.id",
        "=?UTF-8?Q?=0A?=Bcc:x@evil.example",
        "=?utf-8?q?siti?=@contoh.go.id",
        "siti=?x@contoh.go.id",
        "siti@contoh.go.id,x@evil.example",
        "siti@contoh.go.id;x@evil.example",
        "siti@contoh.go.id x@evil.example",
        '"siti aminah"@contoh.go.id',
        "'siti'@contoh.go.id",
        "Siti <siti@contoh.go.id>",
        "<siti@contoh.go.id>",
        "siti(x)@contoh.go.id",
        "siti:x@contoh.go.id",
        "siti\\@contoh.go.id",
        "siti@[127.0.0.1]",
        "siti@127.0.0.1",
        "síti@contoh.go.id",
        "siti@cóntoh.go.id",
        "ｓiti@contoh.go.id",
        "siti@contoh.go.id\u202e",
        f"{'a' * 65}@contoh.go.id",
        f"a{LONGEST}",
        f"a@{'b' * 64}.id",
        f"a@{'b.' * 130}id",
    ],
)
def test_t9_whatever_could_bend_a_header_is_refused(address: str) -> None:
    assert not is_plain(address)


def test_the_longest_address_has_254_characters() -> None:
    assert len(LONGEST) == 254


def test_the_domain_stands_behind_the_at_in_lower_case() -> None:
    assert domain_of(" Siti@Contoh.GO.ID ") == "contoh.go.id"
