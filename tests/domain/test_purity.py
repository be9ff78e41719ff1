"""The domain is pure: the standard library only, no clock, no waiting, no files (DESIGN.md §2)."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot.domain

MODULES = sorted(Path(bot.domain.__path__[0]).glob("*.py"))
IMPURE = {"asyncio", "io", "os", "pathlib", "random", "secrets", "socket", "sqlite3", "subprocess", "threading", "time"}
CLOCKS = {"now", "utcnow", "today"}


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_the_domain_imports_the_standard_library_and_itself(module: Path) -> None:
    names = set(imported(ast.parse(module.read_text())))
    foreign = {name for name in names if not name.startswith("bot.domain.")}
    assert {name.split(".")[0] for name in foreign} <= set(sys.stdlib_module_names) - IMPURE


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_the_domain_reads_no_clock_and_waits_for_nothing(module: Path) -> None:
    nodes = list(ast.walk(ast.parse(module.read_text())))
    calls = {node.func.attr for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)}
    assert not calls & CLOCKS
    assert not any(isinstance(node, ast.AsyncFunctionDef | ast.Await) for node in nodes)
