"""Slips in the domain of an address: asked about when they are likely, never for an address that is well known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.slips import MEANT, NEAR, SLIPS, WELL_KNOWN, did_you_mean, distance_of

ASKED = {
    "gmail.com": "gmial.com gmai.com gmal.com gmil.com gamil.com gmaill.com gnail.com gmali.com gmeil.com gemail.com "
    "gmail.co gmail.con gmail.cm gmail.cim gmail.comm gmaul.com hmail.com gmail.id gmail.co.id gmailcom.com",
    "yahoo.com": "yaho.com yahooo.com yhoo.com yahho.com yahoo.con yahoo.cm yahoo.co tahoo.com",
    "yahoo.co.id": "yaho.co.id yahoo.id yahoo.co.di yahoo.coid yahoo.go.id yahooo.co.id",
    "hotmail.com": "hotmial.com hotmal.com hotmai.com hotmil.com hotmail.con hotmail.co htomail.com",
    "outlook.com": "outlok.com outloo.com outlook.con outlook.co oulook.com outllok.com",
    "icloud.com": "iclod.com icoud.com icloud.con icloud.co iclould.com",
    "bps.go.id": "bps.co.id bps.go.di bps.og.id bps.id bsp.go.id bps.gi.id",
    "usu.ac.id": "usu.ac.di usu.ca.id usu.ac.idn",
    "sman1.sch.id": "sman1.hsc.id sman1.sch.di",
    "labuhanbatukab.go.id": "labuhanbatukab.go.di labuhanbatukab.og.id labuhanbatukab.gi.id",
    "contoh.com": "contoh.con contoh.cmo contoh.vom",
}
KEPT = """
contoh.go.id bps.go.id labuhanbatukab.bps.go.id bpk.go.id bpn.go.id kps.go.id usu.ac.id ui.ac.id sman1.sch.id con.id
mail.com email.com ymail.com live.com yahoo.co.uk yahoo.co.jp outlook.co.id hotmail.co.id cloud.com gmx.com proton.me
gmail.contoh.id example.org siti.id og.id
"""


@pytest.mark.parametrize(("meant", "typed"), [(meant, typed) for meant, all in ASKED.items() for typed in all.split()])
def test_a_common_slip_gets_a_suggestion(meant: str, typed: str) -> None:
    assert did_you_mean(f"Siti.A@{typed.upper()}") == f"Siti.A@{meant}"


@pytest.mark.parametrize("domain", [*KEPT.split(), *sorted(WELL_KNOWN), *MEANT])
def test_what_is_right_as_it_stands_is_not_asked_about(domain: str) -> None:
    assert did_you_mean(f"siti@{domain}") is None


def test_without_a_name_or_an_at_there_is_nothing_to_suggest() -> None:
    assert did_you_mean("gmial.com") is None
    assert did_you_mean("@gmial.com") is None


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ("", "", 0),
        ("gmail", "gmail", 0),
        ("gmial", "gmail", 1),
        ("gmal", "gmail", 1),
        ("gmaill", "gmail", 1),
        ("gnail", "gmail", 1),
        ("gnial", "gmail", 2),
        ("", "gmail", 5),
    ],
)
def test_the_distance_counts_letters_put_in_left_out_changed_or_swapped(one: str, other: str, distance: int) -> None:
    assert distance_of(one, other) == distance_of(other, one) == distance


@given(st.from_regex(r"[a-z]{1,9}(\.[a-z]{2,4}){1,2}", fullmatch=True))
def test_a_suggestion_is_near_or_listed_and_itself_right(domain: str) -> None:
    suggestion = did_you_mean(f"a@{domain}")
    if suggestion is not None:
        meant = suggestion.removeprefix("a@")
        assert meant != domain
        assert domain in SLIPS or distance_of(domain, meant) <= NEAR
        assert meant not in MEANT or did_you_mean(suggestion) is None
