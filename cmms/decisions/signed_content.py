"""What a signature of a step is bound to: a canonical form of the content and its digest.

The form follows RFC 8785 (JSON Canonicalization Scheme) for what occurs here: objects with sorted ASCII names,
strings, integers, booleans and null, UTF-8, no spaces. Quantities are strings without trailing zeros and moments
are in UTC to the microsecond, so equal values have one form whatever they were stored with.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

FORMAT = 1  # grows when the form changes; a signature names the form it was made in


def plain(value: Any) -> Any:
    """A value as the canonical form writes it. Raises TypeError for what has no exact form (a float)."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    raise TypeError(f"{type(value).__name__} has no canonical form")


def canonical(content: Any) -> bytes:
    """The one form of `content`."""
    text = json.dumps(plain(content), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def signature_digest(content: Any, *, signer_id: int, name: str, meaning: str, signed_at: datetime) -> str:
    """SHA-256 (hexadecimal) of the content and of the act of signing it: who, under which name, why, when."""
    envelope = {
        "content": content,
        "signature": {"signer": signer_id, "name": name, "meaning": meaning, "signed_at": signed_at},
    }
    return hashlib.sha256(canonical(envelope)).hexdigest()


MISSING = object()
# What a person calls the parts of the content.
PARTS = {
    "step": "the step",
    "readings": "inspection readings",
    "labor": "hours",
    "parts": "parts",
}
FIELDS = {
    "title": "its title",
    "instructions": "its instructions",
    "instructions_revision": "the revision of its instructions",
    "status": "its state",
    "times_reopened": "it was opened again",
    "done_at": "when it was done",
    "done_by": "who did it",
    "certificate": "its certificate",
}


def changes_since(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What differs between two contents, in words; empty where nothing does."""
    then, now = plain(then), plain(now)
    words: list[str] = []
    for part in sorted({*then, *now}, key=_place):
        old, new = then.get(part, MISSING), now.get(part, MISSING)
        if old == new and type(old) is type(new):
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            words += _fields(old, new)
        else:
            words.append(PARTS.get(part, part.replace("_", " ")))
    return list(dict.fromkeys(words))


def _place(part: str) -> tuple[int, str]:
    return (list(PARTS).index(part) if part in PARTS else len(PARTS), part)


def _fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[str]:
    changed = [name for name in sorted({*old, *new}) if old.get(name, MISSING) != new.get(name, MISSING)]
    if "times_reopened" in changed:
        return [FIELDS["times_reopened"]]
    return [FIELDS.get(name, name.replace("_", " ")) for name in changed]
