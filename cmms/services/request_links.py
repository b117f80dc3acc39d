"""Reporting without a login: links of locations, and what is reported through them."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import IO

from django.utils.crypto import salted_hmac

from cmms.models import Location, RequestLink, WorkRequest
from cmms.services.request_notices import RECEIVED, tell_requesters
from core.access import require
from core.commands import command
from core.errors import NotFound, RuleViolation
from core.models import User
from core.numbering import next_number
from core.services.attachments import IMAGES, store_attachment

MANAGE = "cmms.manage_request_links"
NO_LINK = "This link is no longer in use."


@command
def renew_request_link(*, location_id: int, actor: User, at: datetime) -> RequestLink:
    """A new link for a location; the old one, and every printed code of it, opens nothing any more."""
    require(actor, MANAGE)
    if not Location.objects.filter(pk=location_id, is_active=True).exists():
        raise NotFound("That location does not exist or is no longer in use.", field="location_id")
    link = RequestLink.objects.select_for_update().filter(location_id=location_id).first()
    link = link or RequestLink(location_id=location_id)
    link.token, link.is_active = secrets.token_urlsafe(24), True
    link.renewed_at, link.renewed_by = at, actor
    link.save()
    return link


@command
def end_request_link(*, location_id: int, actor: User, at: datetime) -> RequestLink:
    """Nobody reports through the link of a location any more, until it is renewed."""
    require(actor, MANAGE)
    link = RequestLink.objects.select_for_update().filter(location_id=location_id).first()
    if link is None:
        raise NotFound("This location has no link.", field="location_id")
    link.is_active = False
    link.save(update_fields=["is_active"])
    return link


def active_link(*, token: str) -> RequestLink:
    """The link behind a token. Raises NotFound where it was renewed, ended or never was."""
    found = (
        RequestLink.objects.select_related("location__site")
        .filter(token=token, is_active=True, location__is_active=True)
        .first()
    )
    if found is None:
        raise NotFound(NO_LINK, remedy="Look for a newer code, or tell somebody of maintenance.")
    return found


@command
def report_without_login(
    *,
    token: str,
    description: str,
    at: datetime,
    requester_name: str = "",
    requester_email: str = "",
    department: str = "",
    is_asset_down: bool = False,
    photo: IO[bytes] | None = None,
    once: str = "",
) -> WorkRequest:
    """A request at the link's location from somebody without a login; `once` makes a second delivery harmless.

    Raises NotFound where the link is no longer in use, RuleViolation without a description.
    """
    link = active_link(token=token)
    if not description.strip():
        raise RuleViolation("Say what is wrong.", field="description")
    status_token = salted_hmac("report", f"{token}:{once}").hexdigest() if once else secrets.token_urlsafe(24)
    sent_before: WorkRequest | None = WorkRequest.objects.filter(status_token=status_token).first()
    if sent_before is not None:
        return sent_before
    name = str(getattr(photo, "name", "") or "photo")
    kept = store_attachment(content=photo, name=name, actor=None, at=at, kinds=IMAGES) if photo else None
    request = WorkRequest(
        number=next_number("WR"), created_at=at, description=description.strip(), location=link.location,
        site=link.location.site, department=department.strip(), requester_name=requester_name.strip(),
        requester_email=requester_email.strip(), is_asset_down=is_asset_down, photo=kept,
        status_token=status_token,
    )  # fmt: skip
    request.clean_fields(exclude=["number", "created_by", "location", "site", "photo"])
    request.save()
    tell_requesters(requests=[request], step=RECEIVED, at=at)
    return request
