"""Files are known by their content, kept as they came, and opened only by those who may."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from core.errors import RuleViolation
from core.models import Attachment, User
from core.services.attachments import IMAGES, INVOICES, LARGEST, store_attachment

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20
CONTENTS = {
    "image/jpeg": b"\xff\xd8\xff\xe0rest",
    "image/png": PNG,
    "image/gif": b"GIF89a rest",
    "image/webp": b"RIFF\x00\x00\x00\x00WEBPrest",
    "application/pdf": b"%PDF-1.7 rest",
    "application/xml": b"\xef\xbb\xbf<?xml version='1.0'?><Invoice/>",
    "text/plain": "Prüfung".encode(),
}


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def store(actor: User, content: bytes = PNG, name: str = "photo.png", **extra: Any) -> Attachment:
    return store_attachment(content=content, name=name, actor=actor, at=timezone.now(), **extra)


@pytest.mark.parametrize("kind", CONTENTS)
def test_a_file_is_what_its_bytes_say(admin: User, kind: str) -> None:
    stored = store(admin, CONTENTS[kind], "anything.exe")
    assert stored.content_type == kind
    assert stored.digest == hashlib.sha256(CONTENTS[kind]).hexdigest()
    assert stored.file.read() == CONTENTS[kind]
    assert not stored.name.endswith(".exe")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"MZ\x90\x00\x03program", "not taken"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "not taken"),
        (b"<svg xmlns='x'/>", "not taken"),
        (b"a" * (LARGEST + 1), "20 MB"),
    ],
)
def test_refuses_what_is_empty_too_large_or_dangerous(admin: User, content: bytes, words: str) -> None:
    with pytest.raises(RuleViolation, match=words):
        store(admin, content)
    assert not Attachment.objects.exists()


def test_takes_only_the_kinds_that_are_asked_for(admin: User) -> None:
    with pytest.raises(RuleViolation, match="pdf, xml"):
        store(admin, PNG, kinds=INVOICES)
    assert store(admin, PNG, kinds=IMAGES).content_type == "image/png"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd.png"),
        ("C:\\a\\b.PNG", "b.png"),
        ("a\x00\r\n.png", "a.png"),
        ("", "file.png"),
    ],
)
def test_a_name_loses_its_path_and_control_characters(admin: User, given: str, kept: str) -> None:
    assert store(admin, PNG, given).name == kept


def test_the_uploader_opens_a_file_and_others_do_not(admin: User, make_user: Any) -> None:
    ann = make_user("ann")
    stored = store(ann)
    client = Client()
    assert client.get(f"/attachments/{stored.pk}/").status_code == 302
    client.force_login(ann)
    answer = client.get(f"/attachments/{stored.pk}/")
    assert b"".join(answer.streaming_content) == PNG
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"].startswith("private")
    client.force_login(make_user("bob"))
    assert client.get(f"/attachments/{stored.pk}/").status_code == 404


def test_what_a_browser_could_run_is_only_downloaded(admin: User) -> None:
    stored = store(admin, CONTENTS["application/xml"], "invoice.xml")
    client = Client()
    client.force_login(admin)
    assert client.get(f"/attachments/{stored.pk}/")["Content-Disposition"].startswith("attachment")
