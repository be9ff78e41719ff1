"""Each fault of a configuration is told in the office's language, shows no secret, and is gone once its fix is done."""

import re
import tomllib
from contextlib import suppress
from pathlib import Path

import pytest

from bot.findings import Wording
from bot.offices.folder import load
from bot.settings import ConfigError, Settings, faults
from bot.settings.faults import OF_ITS_OWN, language_of
from bot.texts import packaged
from tests.check.stories.configuration import OF_CONFIGURATION, OFFICE, PASSWORD, ROWS, TOKEN, Case, Row

LANGUAGES = ("id", "en")
# Words that a sentence of the other language can hardly do without.
FOREIGN = {
    "id": re.compile(r"\b(the|and|or|is|not|cannot|of|with|such|missing|unknown|expected)\b", re.IGNORECASE),
    "en": re.compile(r"\b(yang|dan|atau|tidak|di|dengan|seperti|misalnya|tulis|belum|harus)\b", re.IGNORECASE),
}


@pytest.fixture(params=LANGUAGES)
def case(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    case = Case(tmp_path, request.param, monkeypatch)
    case.write()
    return case


def _is_in(lang: str, line: str, case: Case) -> bool:
    """What stands in quotation marks and brackets are names, values, and what the system says."""
    said = re.sub(r'"[^"]*"|\[[^]]*\]|\([^)]*\)|--\w+', "", line.replace(str(case.folder), ""))
    return not FOREIGN[lang].search(said)


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.key}-{row.bad}" for row in ROWS])
def test_a_broken_row_says_what_to_write_and_that_mends_it(case: Case, row: Row) -> None:
    case.write(row.spoilt)
    with pytest.raises(ConfigError) as broken:
        load(case.path)
    assert [it.verdict for it in broken.value.findings][:1] == [row.verdict]
    assert language_of(case.path) == case.lang
    line = broken.value.told(case.lang)[0]
    assert len(broken.value.findings) == (2 if row.verdict == "no_table" else 1)
    place = {"id": f"baris {row.key}: ", "en": f"line {row.key}: "} if row.verdict == "toml" else {}
    assert line.startswith(f"{case.path}: {place.get(case.lang, f'{row.key}: ')}")
    said = Wording(case.lang).says(broken.value.findings[0]).removeprefix(str(case.path))
    assert row.shown in said and row.names in Wording(case.lang).fix(broken.value.findings[0])
    assert not [secret for secret in (TOKEN, PASSWORD, "GEHEIM") if secret in line]
    assert _is_in(case.lang, line, case), line
    case.write(row.well)
    assert isinstance(load(case.path), Settings)


@pytest.mark.parametrize("verdict", OF_CONFIGURATION)
async def test_a_fault_of_files_and_machine_is_gone_when_its_fix_is_done(case: Case, verdict: str) -> None:
    story = OF_CONFIGURATION[verdict](case)
    read = next(story)
    with pytest.raises(ConfigError) as broken:
        await read()
    assert verdict in [it.verdict for it in broken.value.findings]
    lines = broken.value.told(case.lang)
    assert all(_is_in(case.lang, line, case) for line in lines), lines
    assert not [secret for secret in (TOKEN, PASSWORD) if secret in "".join(lines)]
    with suppress(StopIteration):
        story.send("\n".join(lines))
    await read()


def test_faults_of_different_tables_are_told_at_once(case: Case) -> None:
    """What is missing is told beside what is wrong elsewhere: nobody mends one line only to hear of the next."""
    case.write(lambda text: text.replace('"08:00-15:30"', '"pagi"').replace(TOKEN, "").replace("-1001234567890", "0"))
    with pytest.raises(ConfigError) as broken:
        load(case.path)
    found = [(it.verdict, it.params["key"]) for it in broken.value.findings]
    assert found == [
        ("value", "office.hours.mon"),
        ("missing", "telegram.staff_chat_id"),
        ("missing", "telegram.token"),
    ]


def test_the_language_is_what_the_broken_file_asks_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.toml"
    assert language_of(path) == "id"
    for text, lang in (
        ('[office]\nlanguage = "en"\n', "en"),
        ('[office\nlanguage = "en"\n[', "en"),
        ('#language = "en"\n', "id"),
        ('[office]\nlanguage = "jv"\n', "id"),
    ):
        path.write_text(text)
        assert language_of(path) == lang
    (tmp_path / "meja.toml").write_text('[office]\nlanguage = "en"\n')
    assert language_of(path) == language_of(tmp_path) == "en"
    monkeypatch.setenv("MEJA_OFFICE__LANGUAGE", "id")
    assert language_of(path) == "id"


def test_the_pages_quote_what_is_said(case: Case) -> None:
    spoilt = OFFICE.replace("Asia/Jakarta", "WIB").replace("password", "pasword")
    case.write(lambda text: spoilt)
    with pytest.raises(ConfigError) as broken:
        load(case.path)
    told = [line.replace(str(case.path), "/etc/meja/config.toml") for line in broken.value.told("id")]
    readme = Path("README.md").read_text("utf-8")
    assert all(f"meja: {line}\n" in readme for line in told)
    said, _, fix = told[0].partition(". ")
    assert f"✗ Konfigurasi: {said}\n  → {fix}\n" in Path("docs/pemasangan.md").read_text("utf-8")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_whatever_is_expected_has_its_words(lang: str) -> None:
    texts = tomllib.loads((packaged() / lang / "check.toml").read_text("utf-8"))
    assert texts["expected"].keys() >= OF_ITS_OWN
    for key in faults._keys(Settings):
        wanted = faults._expected(faults._place(key.split(".")))
        assert Wording(lang).says(wanted), key
    checks = re.findall(r'ValueError\("(\w+)"\)', Path("bot/settings/values.py").read_text("utf-8"))
    assert len(checks) > 10 and set(checks) <= texts["expected"].keys()
    assert {kind for _, kind in faults._TOML} <= texts["toml"].keys()
