"""docs/privacy.md accounts for every table: what of a person stands there, and when it goes."""

import re
import sqlite3
from pathlib import Path

from storage.migrate import migrate

PAGE = (Path(__file__).parents[1] / "docs/privacy.md").read_text("utf-8")


def test_every_table_is_accounted_for(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "meja.db", isolation_level=None)
    migrate(connection, tmp_path / "meja.db")
    made = dict(connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL"))
    connection.close()
    indexes = tuple(f"{name}_" for name, sql in made.items() if "VIRTUAL" in sql)
    tables = {name for name, sql in made.items() if "VIRTUAL" not in sql and not name.startswith(("sqlite_", *indexes))}
    rows = re.findall(r"^\|([^|]*`[^|]*)\|", PAGE, re.MULTILINE)
    missing = sorted(tables - {name for row in rows for name in re.findall(r"`(\w+)`", row)})
    assert missing == [], "say in docs/privacy.md what these hold, and take people out in storage/personal.py"
