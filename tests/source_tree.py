"""Reads our own source for the architecture tests, without importing it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = ("core", "cmms", "procurement", "linkage")


def python_files(*folders: str) -> Iterator[Path]:
    """Every Python file of these folders that people write: migrations are left out."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def templates(app: str) -> Iterator[Path]:
    """The templates of one app."""
    yield from sorted((ROOT / "templates" / app).rglob("*.html"))
    yield from sorted((ROOT / app / "templates").rglob("*.html"))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def place(path: Path, node: ast.AST | None = None) -> str:
    """`cmms/models/asset.py:12`, for messages."""
    line = getattr(node, "lineno", None)
    return f"{path.relative_to(ROOT)}:{line}" if line else str(path.relative_to(ROOT))


def calls(tree: ast.AST, *methods: str) -> Iterator[tuple[ast.Call, ast.Attribute]]:
    """Calls of `something.method(...)` for these method names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in methods:
            yield node, node.func


def chain(node: ast.expr) -> list[str]:
    """`Order.objects.filter(...).update` as ["Order", "objects", "filter", "update"]; the unknown is "?"."""
    names: list[str] = []
    while True:
        if isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Attribute):
            names.insert(0, node.attr)
            node = node.value
        else:
            names.insert(0, node.id if isinstance(node, ast.Name) else "?")
            return names
