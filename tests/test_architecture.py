"""What the import linter cannot see. The rules themselves are in CONTRIBUTING.md."""

import ast
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models
from django.db.migrations.loader import MigrationLoader
from simple_history.models import registered_models

from tests.source_tree import APPS, ROOT, calls, chain, parsed, place, python_files, templates

# Which other apps an app must not even name.
MAY_NOT_NAME = {
    "core": {"cmms", "procurement", "linkage"},
    "cmms": {"procurement", "linkage"},
    "procurement": {"cmms", "linkage"},
}
LONGEST_FILE = 400
READING_METHODS = {"objects", "filter", "exclude", "all", "select_for_update", "order_by", "annotate"}
# Writes whole rows past the history; core.history has the forms that record it.
BULK_WRITERS = {"bulk_create", "bulk_update", "abulk_create", "abulk_update"}
ONE_WRITER_OF_BULK = "core/history"


def foreign_relations(app: str) -> Iterator[tuple[models.Field, str]]:
    for model in apps.get_app_config(app).get_models(include_auto_created=True):
        for field in model._meta.get_fields(include_hidden=True):
            remote = getattr(field, "related_model", None)
            if isinstance(remote, type) and not field.auto_created:
                yield field, remote._meta.app_label


@pytest.mark.parametrize("app", MAY_NOT_NAME)
def test_no_table_points_at_an_app_it_may_not_know(app: str) -> None:
    wrong = [f"{field.model.__name__}.{field.name} -> {label}" for field, label in foreign_relations(app)
             if label in MAY_NOT_NAME[app]]  # fmt: skip
    assert not wrong


@pytest.mark.parametrize("app", MAY_NOT_NAME)
def test_no_migration_waits_for_an_app_it_may_not_know(app: str) -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    wrong = [
        f"{key} -> {needed}"
        for key, migration in loader.disk_migrations.items()
        if key[0] == app
        for needed in [*migration.dependencies, *migration.run_before]
        if needed[0] in MAY_NOT_NAME[app]
    ]
    assert not wrong


def test_linkage_leaves_no_trace_on_the_tables_it_points_at() -> None:
    wrong = [
        f"{field.model.__name__}.{field.name}"
        for field, label in foreign_relations("linkage")
        if label not in {"linkage", "auth", "contenttypes"} and not field.remote_field.hidden
    ]
    assert not wrong, "give these related_name='+'"


@pytest.mark.parametrize("app", MAY_NOT_NAME)
def test_no_string_names_an_app_it_may_not_know(app: str) -> None:
    """Model names, permissions, addresses, task names and templates are strings, which no linter follows."""
    others = "|".join(sorted(MAY_NOT_NAME[app]))
    whole = re.compile(rf"({others})([.:/][\w./:-]*)?")
    wrong = [
        f"{place(path, node)}: {node.value}"
        for path in python_files(app)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and whole.fullmatch(node.value)
    ]
    inside_tag = re.compile(rf"""["']({others})[.:/]|\bperms\.({others})\b""")
    wrong += [
        f"{place(path)}: {found.group()}"
        for path in templates(app)
        for found in inside_tag.finditer(path.read_text())
    ]
    assert not wrong


def test_events_are_heard_in_linkage_only() -> None:
    wrong = []
    for path in python_files(*APPS):
        if place(path).startswith("linkage/receivers"):
            continue
        tree = parsed(path)
        wrong += [place(path, call) for call, _ in calls(tree, "connect", "connect_via")]
        wrong += [
            place(path, node)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            and node.module == "django.dispatch"
            and any(alias.name == "receiver" for alias in node.names)
        ]
    assert not [line for line in wrong if not line.startswith("linkage/apps.py")]


def test_tracked_rows_are_never_written_past_their_history() -> None:
    tracked = {model.__name__ for model in registered_models.values()}
    untracked = {model.__name__ for model in apps.get_models()} - tracked
    wrong = []
    for path in python_files(*APPS):
        if place(path).startswith(ONE_WRITER_OF_BULK):
            continue
        for call, function in calls(parsed(path), "update", "aupdate", *BULK_WRITERS):
            names = chain(function)
            is_query = function.attr in BULK_WRITERS or bool(READING_METHODS & set(names[:-1]))
            if is_query and names[0] not in untracked:
                wrong.append(f"{place(path, call)}: {'.'.join(names)}")
    assert not wrong, "save each row, or use the helpers of core.history"


def test_public_services_take_named_and_typed_arguments() -> None:
    wrong = []
    for path in python_files(*(f"{app}/services" for app in APPS)):
        for node in parsed(path).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            arguments = node.args
            if arguments.posonlyargs or arguments.args or arguments.vararg:
                wrong.append(f"{place(path, node)} {node.name}: arguments must be keyword-only")
            if node.returns is None or any(each.annotation is None for each in arguments.kwonlyargs):
                wrong.append(f"{place(path, node)} {node.name}: arguments and result must be typed")
    assert not wrong


def test_no_file_is_too_long_to_read() -> None:
    wrong = {
        place(path): lines
        for path in python_files(*APPS, "config", "tests", "benchmarks")
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert not wrong


def test_no_module_is_a_drawer_for_leftovers() -> None:
    names = {"utils", "helpers", "common", "misc", "util", "helper"}
    assert not [
        place(path) for path in python_files(*APPS, "config") if names & {path.stem, path.parent.name}
    ]


def test_our_pages_carry_no_inline_script_or_style() -> None:
    """The content policy refuses them, so they would silently do nothing."""
    inline = re.compile(
        r"<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:|<script\b(?![^>]*\b(src|type=\"application/json\"))"
    )
    wrong = [
        f"{place(path)}: {found.group().strip()}"
        for path in sorted({path for app in (".", *APPS) for path in templates(app)})
        if "admin" not in path.relative_to(ROOT).parts
        for found in inline.finditer(path.read_text())
    ]
    assert not wrong


def test_our_pages_load_nothing_from_outside() -> None:
    outside = re.compile(
        r"""\b(src|srcset|action)\s*=\s*["'](https?:)?//|<link\b[^>]*href=["'](https?:)?//"""
    )
    assert not [
        place(path) for path in (ROOT / "templates").rglob("*.html") if outside.search(path.read_text())
    ]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_locks_name_no_host_and_pin_every_package(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"\w://", text)
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    for line in lines:
        assert re.match(r"[a-z0-9][\w.-]*(\[[\w,-]+\])?==\S+|    --hash=sha256:[0-9a-f]{64}", line), line


def test_vendored_files_carry_their_licence() -> None:
    folders = [path for path in (ROOT / "static" / "vendor").iterdir() if path.is_dir()]
    assert folders
    assert not [place(folder) for folder in folders if not (folder / "LICENSE").exists()]


@pytest.mark.django_db
def test_models_and_migrations_agree() -> None:
    out = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=out)
    except SystemExit:
        pytest.fail(out.getvalue())


def test_no_page_of_the_plan_is_left_open() -> None:
    """Nothing unfinished is committed."""
    words = re.compile(
        r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3, "NotImplemented" + "Error")) + r")\b"
    )
    here = Path(__file__)
    assert not [
        place(path)
        for path in python_files(*APPS, "config", "tests", "benchmarks")
        if path != here and words.search(path.read_text())
    ]
