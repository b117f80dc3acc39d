"""Printed documents: a typst template and its data become a PDF."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import segno
import typst
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder


def render_pdf(*, template: str, data: Mapping[str, Any]) -> bytes:
    """The PDF of `template` (a path below templates/) filled with `data`.

    Data goes in as JSON, never as source, so nothing anybody typed is read as markup.
    """
    folder = settings.BASE_DIR / "templates"
    inputs = {"data": json.dumps(data, cls=DjangoJSONEncoder)}
    made = typst.compile(
        str(folder / template), root=str(folder), sys_inputs=inputs, format="pdf", ignore_system_fonts=True
    )
    return bytes(made)


def qr_svg(*, text: str) -> str:
    """A QR code as an SVG drawing, for a printed document."""
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", border=0, xmldecl=False)
    return out.getvalue().decode()
