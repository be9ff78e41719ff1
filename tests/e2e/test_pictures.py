"""The pictures of docs/ can be taken anew, and the pages show those that there are."""

import re
from pathlib import Path

from tests.e2e.pictures import FOLDER, NAMES, take

DOCS = FOLDER.parent


async def test_the_pictures_of_the_pages_are_taken_from_the_demo(tmp_path: Path) -> None:
    await take(tmp_path)
    sizes = _sizes(tmp_path)
    assert set(sizes) == set(NAMES)
    assert all(5_000 < size < 150_000 for size in sizes.values()), sizes


def _sizes(folder: Path) -> dict[str, int]:
    return {path.stem: path.stat().st_size for path in folder.iterdir()}


def test_every_picture_that_is_kept_is_shown_on_a_page() -> None:
    pages = "\n".join(page.read_text("utf-8") for page in DOCS.glob("*.md"))
    assert set(re.findall(r"\(pictures/(\w+)\.png\)", pages)) == set(NAMES) == set(_sizes(FOLDER))
