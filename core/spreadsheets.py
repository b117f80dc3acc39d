"""Rows as an XLSX workbook, written as they come: figures as figures, all else as text, no formulas."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any

import xlsxwriter

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_576  # of the format
LONGEST_CELL = 32_767
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def workbook(title: str, rows: Iterable[Sequence[Any]]) -> IO[bytes]:
    """A file with one sheet, at its start; the caller closes it. Rows beyond what the format holds are left out."""
    file = TemporaryFile()  # noqa: SIM115 - the caller sends and closes it
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", title)[:31].strip() or "Sheet")
        for number, row in enumerate(rows):
            if number == MOST_ROWS:
                break
            for column, value in enumerate(row):
                _write(sheet, number, column, value)
    file.seek(0)
    return file


def _write(sheet: Any, row: int, column: int, value: Any) -> None:
    if isinstance(value, (Decimal, int, float)) and not isinstance(value, bool):
        sheet.write_number(row, column, value)
    elif value is not None and value != "":
        sheet.write_string(row, column, _NOT_XML.sub("", str(value))[:LONGEST_CELL])
