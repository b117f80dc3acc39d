"""Signatures of steps: who signed what, bound to the content by a digest."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from cmms.choices import SignatureMeaning
from core.models import Fact


class Signature(Fact):
    """A person's signature of a step, given with the password entered anew.

    `digest` is the SHA-256 of the canonical form of the step's content together with signer, name, meaning and
    time (see decisions/signed_content.py); `content` is that content as it was. A signature counts while the
    digest of the present content is the same; it is kept when it no longer does.
    """

    operation = models.ForeignKey("cmms.Operation", on_delete=models.PROTECT, related_name="signatures")
    meaning = models.CharField(max_length=10, choices=SignatureMeaning.choices)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="step_signatures"
    )
    signed_name = models.CharField(max_length=160, help_text="The signer's name at that time")
    signed_at = models.DateTimeField()
    digest = models.CharField(max_length=64, help_text="SHA-256, hexadecimal")
    content = models.JSONField(help_text="What was signed")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="signature_digest_is_sha256"
            ),
            models.CheckConstraint(condition=~Q(signed_name=""), name="signature_names_signer"),
        ]
        indexes = [models.Index(fields=["operation", "id"])]
        permissions = [("sign_work", "Can sign steps of work orders")]

    def __str__(self) -> str:
        return f"{self.signed_name}, {self.get_meaning_display()}"
