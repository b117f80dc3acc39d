"""Opening a stored file."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from core.models import Attachment
from core.selectors import may_open
from core.services.attachments import IMAGES, PDF, opened
from core.views.pages import Gate


class AttachmentFile(Gate):
    """The bytes of an attachment: images and PDF in the browser, everything else as a download."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The file, for those who may open it; others hear that there is nothing here."""
        attachment = get_object_or_404(Attachment, pk=kwargs["pk"])
        if not may_open(self.actor, attachment):
            raise Http404
        response = FileResponse(
            opened(attachment=attachment),
            as_attachment=attachment.content_type not in IMAGES | {PDF},
            filename=attachment.name,
            content_type=attachment.content_type,
        )
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "private, max-age=3600"
        response["ETag"] = f'"{attachment.digest}"'
        return response
