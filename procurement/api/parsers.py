"""Bodies that are a file rather than JSON."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

LARGEST = 10 * 1024 * 1024  # bytes


class XmlFileParser(BaseParser):
    """An XML body, kept as it came; it is read by the import, not here."""

    media_type = "application/xml"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, str]:
        """The bytes, in a form that can be kept beside an idempotency key."""
        content = stream.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise ParseError("The file is larger than 10 MB.")
        return {"xml": base64.b64encode(content).decode("ascii")}


class TextXmlFileParser(XmlFileParser):
    """The same, as some programs name it."""

    media_type = "text/xml"
