"""What is taken for a name, and what is asked about again."""

import pytest

from bot.domain.names import NameFault, name_fault

NAMES = """
Siti
Bo
Siti Aminah
dr. Siti Aminah, S.Si.
Prof. Dr. Ir. H. Muhammad Aminah, S.Si., M.Sc., Ph.D.
Ada Lovelace
Can Yücel
Siti 😀
李明
محمد
D'Artagnan
<b>Siti</b>
Saya Siti
Apalina
""".strip().splitlines()
QUESTIONS = """
Berapa inflasi Oktober
berapa?
Saya perlu data PDRB menurut lapangan usaha
Mohon data kemiskinan
Di mana kantornya
What is the inflation rate
I need population figures
Data PDRB menurut lapangan usaha
satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas
""".strip().splitlines()
PLAIN = ("", "S", "123", "Siti99", "😀😀", "-", "x" * 81, "Siti\nAminah")


@pytest.mark.parametrize("name", [*NAMES, "x" * 80])
def test_names_of_all_kinds_are_taken(name: str) -> None:
    assert name_fault(name, shown=name) is None


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        *[(typed, NameFault.QUESTION) for typed in QUESTIONS],
        *[(typed, NameFault.PLAIN) for typed in PLAIN],
        ("siti@contoh.go.id", NameFault.EMAIL),
    ],
)
def test_what_is_no_name_is_told_apart(typed: str, fault: NameFault) -> None:
    assert name_fault(typed, shown=typed) is fault


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x1b", "\x7f", "\x9b"])
def test_control_characters_are_refused(char: str) -> None:
    assert name_fault(f"Siti{char} Aminah", shown="Siti Aminah") is NameFault.PLAIN


@pytest.mark.parametrize("char", ["\u202e", "\u200f", "\u2066", "\u200b", "\ufeff"])
def test_marks_of_direction_are_forgiven(char: str) -> None:
    assert name_fault(f"Siti{char} Aminah", shown="Siti Aminah") is None
