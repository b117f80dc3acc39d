"""What deciding pages share."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest
from django.urls import reverse

from core.forms import CommandForm


class ApprovalOptionalReasonForm(CommandForm):
    """An approval may carry a remark."""

    reason = forms.CharField(
        label="Remark", max_length=100, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


def back_to_queue(request: HttpRequest) -> str:
    """The approval queue, where the person decided from there; else empty."""
    return reverse("procurement:approvals") if request.GET.get("from") == "queue" else ""
