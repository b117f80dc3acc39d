"""Every list can be searched, filtered, sorted, paged and exported, says so on the phone, and has words when empty."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from core.views.lists import ListPage
from tests.plant import build_plant


def list_pages() -> dict[str, type[ListPage]]:
    """Address name to page, for all lists of the product."""
    found: dict[str, type[ListPage]] = {}

    def walk(entries: list[URLPattern | URLResolver], space: str = "") -> None:
        for entry in entries:
            if isinstance(entry, URLResolver):
                walk(entry.url_patterns, f"{entry.namespace}:" if entry.namespace else space)
            else:
                page = getattr(entry.callback, "view_class", None)
                opens_rows = "<" in str(
                    entry.pattern
                )  # of a figure or a document, on a page that has its own test
                if page is not None and issubclass(page, ListPage) and not opens_rows:
                    found[f"{space}{entry.name}"] = page

    walk(get_resolver().url_patterns)
    return found


LISTS = list_pages()
# What is worked out of several rows has no column to sort by.
WORKED_OUT = {
    "cmms:work-orders": {"Flags"},
    "cmms:work-requests": {"Twice"},
    "cmms:reorder": {"Ask for", "Why"},
    "cmms:promises": {""},  # a button
    "cmms:serials": {"Place"},
    "cmms:downtimes": {"Hours"},
    "procurement:receiving": {"Still to come", "Due"},
    "cmms:stock-outs": {"Bought with"},
    "cmms:asset-costs": {"Labor", "Material", "Service", "Other", "% of value", "Entries"},
    "linkage:buyer-tasks": {"Bought with"},
}


def test_all_lists_are_seen() -> None:
    assert len(LISTS) >= 17


@pytest.mark.parametrize("name", LISTS)
def test_a_list_has_what_every_list_has(name: str) -> None:
    page = LISTS[name]
    assert page.search_fields and page.search_hint != "Search", "say what is searched"
    assert page.filterset_class is not None
    assert page.empty_title != ListPage.empty_title and page.empty_text
    unsorted = {column.label for column in page.columns if not column.sort}
    assert unsorted <= WORKED_OUT.get(name, set()), unsorted
    assert any(column.phone == "title" for column in page.columns)


@pytest.mark.django_db
@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_sorted_by_each_column_and_exported(name: str) -> None:
    plant = build_plant()
    plant.item("I-1", stocked=True, on_hand=3)
    plant.work_order()
    client = Client()
    client.force_login(plant["admin"])
    page, address = LISTS[name], reverse(name)
    body = client.get(address).content.decode()
    assert 'aria-label="Sort by"' in body and 'aria-label="Export as CSV"' in body
    for column in page.columns:
        for sort in (column.sort, f"-{column.sort}") if column.sort else ():
            assert client.get(address, {"sort": sort}).status_code == 200, sort
    assert page.empty_title in body or "<tbody>" in body
    assert "Nothing matches" in client.get(address, {"q": "zz-no-such-thing"}).content.decode()
    answer = client.get(address, {"export": "csv"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    head = next(csv.reader(StringIO(text)))
    assert head == [column.label for column in page.columns]
