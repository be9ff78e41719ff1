"""Making a report's files: picture, paper, workbook, list."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.reports.book import Book
from bot.reports.paper import Letter
from bot.reports.words import Words
from bot.settings import Settings
from bot.texts import Texts

Made = Callable[[str], None]
Step = Callable[["Press", Book, Path], None]
Draw = Callable[[Step, "Press", Book, Path], None]


@dataclass(frozen=True)
class Press:
    """What turns a book into files of one language."""

    words: Words
    letter: Letter
    separator: str = ";"

    def make(
        self,
        book: Book,
        kinds: Iterable[str],
        directory: Path,
        made: Made = lambda kind: None,
        draw: Draw = lambda step, press, book, path: step(press, book, path),
    ) -> list[Path]:
        """Write the files of these kinds (see FILES) and tell of each when it is there; their paths.

        A process that is there for reports alone draws each `apart`: together the libraries take too much memory.
        """
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        paths = []
        for kind in kinds:
            path = directory / f"{name_of(book)}{'' if self.words.language.code == 'id' else '-en'}.{kind}"
            draw(FILES[kind], self, book, path)
            paths.append(path)
            made(kind)
        return paths


def name_of(book: Book) -> str:
    """Such as "laporan-1207-2026-10", or with the two days; a correction says its version."""
    head = book.head
    version = f"-v{book.version}" if book.version > 1 else ""
    return f"laporan-{head['office']}-{head['name'].replace('..', '_')}{version}{'-nama' if head.get('names') else ''}"


def _png(press: Press, book: Book, path: Path) -> None:
    from bot.reports import charts

    path.write_bytes(charts.png(charts.overview(book, press.words)))


def _pdf(press: Press, book: Book, path: Path) -> None:
    from bot.reports import paper

    paper.write(book, press.words, press.letter, path)


def _xlsx(press: Press, book: Book, path: Path) -> None:
    from bot.reports import xlsx

    xlsx.write(book, press.words, path)


def _csv(press: Press, book: Book, path: Path) -> None:
    from bot.reports import sheets_csv

    sheets_csv.write(book.table("tickets"), press.words, path, separator=press.separator)


FILES: dict[str, Step] = {"png": _png, "pdf": _pdf, "xlsx": _xlsx, "csv": _csv}


def press_of(settings: Settings, texts: Texts, lang: str) -> Press:
    """The press of an office."""
    office, report = settings.office, settings.report
    language = texts.speaking(lang)
    letter = Letter(
        office=office.name if lang == "id" else office.name_en or office.name,
        contact=[part for part in (office.address, office.phone, office.email, office.website) if part],
        decree=office.decree,
        place=report.place,
        signer=report.signer,
        signer_number=report.signer_nip,
        template=Path(report.template) if report.template else None,
        logo=Path(report.logo) if report.logo else None,
    )
    words = Words(language, office.zone, answer_days=settings.service.answer_within_working_days)
    return Press(words, letter, report.csv_separator)
