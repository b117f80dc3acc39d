"""Files that people and programs bring: known by their content, not their name, and kept as they came."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import IO, Any

from django.core.files.base import ContentFile

from core.commands import command
from core.errors import RuleViolation
from core.models import Attachment, User

LARGEST = 20 * 1024 * 1024  # bytes
JPEG, PNG, WEBP, GIF = "image/jpeg", "image/png", "image/webp", "image/gif"
PDF, XML, CSV, TEXT = "application/pdf", "application/xml", "text/csv", "text/plain"
IMAGES = frozenset({JPEG, PNG, WEBP, GIF})
INVOICES = frozenset({PDF, XML})
DOCUMENTS = IMAGES | {PDF, XML, CSV, TEXT}
EXTENSION = {
    JPEG: "jpg", PNG: "png", WEBP: "webp", GIF: "gif", PDF: "pdf", XML: "xml", CSV: "csv", TEXT: "txt",
}  # fmt: skip
CONTROL = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


@command
def store_attachment(
    *,
    content: bytes | IO[bytes],
    name: str,
    actor: User | None,
    at: datetime,
    kinds: frozenset[str] = DOCUMENTS,
) -> Attachment:
    """Keep a file as it came, with its SHA-256.

    Its type is read from its bytes. Raises RuleViolation where it is empty, over 20 MB or not of `kinds`.
    """
    data = content if isinstance(content, bytes) else _read(content)
    if not data:
        raise RuleViolation("The file is empty.", field="file", remedy="Choose another file.")
    if len(data) > LARGEST:
        raise RuleViolation("The file is larger than 20 MB.", field="file", remedy="Send a smaller copy.")
    kind = _kind_of(data, name)
    if kind is None or kind not in kinds:
        wanted = ", ".join(sorted({EXTENSION[each] for each in kinds}))
        raise RuleViolation(
            "This kind of file is not taken here.",
            field="file",
            remedy=f"Its content must be one of: {wanted}.",
        )
    digest = hashlib.sha256(data).hexdigest()
    attachment = Attachment(
        name=_safe_name(name, kind),
        content_type=kind,
        size=len(data),
        digest=digest,
        uploaded_at=at,
        uploaded_by=actor,
    )
    attachment.file.save(f"{digest[:20]}.{EXTENSION[kind]}", ContentFile(data), save=False)
    attachment.save()
    return attachment


def _read(file: IO[bytes]) -> bytes:
    """No more than one byte over the limit, however long the file is."""
    return file.read(LARGEST + 1)


def _kind_of(data: bytes, name: str = "") -> str | None:
    """The media type that the bytes prove; None where they prove none of ours."""
    head = data[:1024]
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    if b"%PDF-" in head[:64]:
        return PDF
    return _text_kind(data, name)


def _text_kind(data: bytes, name: str) -> str | None:
    try:
        text = data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    except UnicodeDecodeError:
        # Older exports are in a one-byte code; a zero byte proves that it is no text at all.
        text = data.decode("latin-1")
        if CONTROL.search(text.translate({9: None, 10: None, 13: None})):
            return None
    if "\x00" in text:
        return None
    start = text.lstrip().lower()
    if start.startswith(("<!doctype html", "<html", "<svg", "<script")):
        return None
    if start.startswith("<"):
        return XML
    return CSV if name.lower().endswith(".csv") else TEXT


def _safe_name(name: str, kind: str) -> str:
    """The file's own name without its path and control characters, ending as its content does."""
    last = re.split(r"[/\\]", CONTROL.sub("", name))[-1].strip(" .")
    stem = last.rpartition(".")[0] or last or "file"
    ending = last.rpartition(".")[2].lower()
    kept = {JPEG: {"jpg", "jpeg"}}.get(kind, {EXTENSION[kind]})
    return f"{stem[:150]}.{ending if ending in kept else EXTENSION[kind]}"


def opened(*, attachment: Attachment) -> Any:
    """The stored file, open for reading."""
    return attachment.file.open("rb")
