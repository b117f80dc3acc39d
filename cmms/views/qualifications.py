"""Who holds what until when: the matrix, the list with what ends soon, granting and withdrawing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from cmms.choices import QualificationStanding
from cmms.filters import PersonQualificationFilter
from cmms.forms.planning import GrantForm, WithdrawForm
from cmms.forms.work_orders import key_of
from cmms.models import Craft, PersonQualification
from cmms.selectors.qualifications import SOON, qualification_matrix
from cmms.services.qualifications import grant_qualification, withdraw_qualification
from core.services.attachments import DOCUMENTS, store_attachment
from core.views.commands import CommandView
from core.views.lists import Column, ListPage, PageAction
from core.views.pages import Page

MANAGE, VIEW = "cmms.manage_qualifications", "cmms.view_personqualification"


class Matrix(Page):
    """People by qualifications."""

    title = "Qualifications"
    permission = VIEW
    template_name = "cmms/qualifications.html"

    def extra_context(self) -> dict[str, Any]:
        """The matrix of a trade or of all, as of today."""
        asked = self.request.GET.get("craft", "")
        craft = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None
        today = timezone.localdate()
        matrix = qualification_matrix(day=today, craft_id=craft)
        return {
            "matrix": matrix,
            "crafts": Craft.objects.order_by("name"),
            "craft": craft,
            "soon": SOON,
            "may_grant": self.actor.has_perm(MANAGE),
        }


def _ending(row: PersonQualification) -> str:
    if row.withdrawn_on is not None or row.valid_until is None:
        return ""
    today = timezone.localdate()
    return "is-late" if row.valid_until < today + timedelta(days=SOON) else ""


def _standing(row: PersonQualification) -> QualificationStanding:
    today = timezone.localdate()
    if row.withdrawn_on is not None and row.withdrawn_on <= today:
        return QualificationStanding.WITHDRAWN
    if row.valid_from > today:
        return QualificationStanding.NOT_YET
    if row.valid_until is None or row.valid_until >= today + timedelta(days=SOON):
        return QualificationStanding.VALID
    return QualificationStanding.OVER if row.valid_until < today else QualificationStanding.ENDS_SOON


class HeldList(ListPage):
    """Every qualification anybody holds or held."""

    title = "Qualifications held"
    permission = VIEW
    queryset = PersonQualification.objects.select_related("person", "qualification", "certificate")
    filterset_class = PersonQualificationFilter
    search_fields = (
        "person__first_name", "person__last_name", "person__username", "qualification__code", "qualification__name",
        "certificate_number",
    )  # fmt: skip
    search_hint = "Person, qualification, certificate"
    default_sort = "valid_until"
    columns = (
        Column("person", "Person", phone="title", sort="person__last_name"),
        Column("qualification", "Qualification", phone="text", sort="qualification__name"),
        Column(_standing, "Today", kind="status", key="standing", phone="pill", sort="valid_until"),
        Column("valid_from", "From", kind="date", sort="valid_from", phone="hidden"),
        Column("valid_until", "Until", kind="date", sort="valid_until"),
        Column("certificate_number", "Certificate", sort="certificate_number"),
        Column("withdrawal_reason", "Withdrawn because", phone="hidden", sort="withdrawn_on"),
        Column(
            lambda row: "" if row.withdrawn_on else "Withdraw", "Change", key="withdraw", kind="link",
            sort="withdrawal_reason",
            url=lambda row: "" if row.withdrawn_on else reverse("cmms:qualification-withdraw", args=[row.pk]),
        ),
    )  # fmt: skip
    row_class = _ending

    empty_title = "Nobody holds a qualification yet"
    empty_text = "Grant one, so that steps that ask for it can be done."
    actions = (
        PageAction(
            "Matrix", "cmms:qualifications", permission=VIEW, icon="grid-3x3", tone="outline-secondary"
        ),
        PageAction("Grant", "cmms:qualification-grant", permission=MANAGE, icon="plus-lg", key="n"),
    )

    @property
    def visible_columns(self) -> list[Column]:
        """Withdrawing is shown to who may do it."""
        shown = super().visible_columns
        return shown if self.actor.has_perm(MANAGE) else [each for each in shown if each.key != "withdraw"]


class Grant(CommandView):
    """A person holds a qualification."""

    title = "Grant a qualification"
    permission = MANAGE
    form_class = GrantForm
    submit_label = "Grant"

    def get_initial(self) -> dict[str, Any]:
        """The person and qualification of the cell it was asked for from."""
        asked = {name: self.request.GET.get(name, "") for name in ("person", "qualification")}
        return {"valid_from": timezone.localdate(), **asked}

    def run(self, form: Any) -> object:
        """Grant it."""
        data = form.cleaned_data
        file = data["certificate"]
        kept = (
            store_attachment(content=file, name=file.name, actor=self.actor, at=self.at, kinds=DOCUMENTS)
            if file
            else None
        )
        return grant_qualification(
            person_id=data["person"].pk,
            qualification_id=data["qualification"].pk,
            valid_from=data["valid_from"],
            valid_until=data["valid_until"],
            never_ends=data["never_ends"],
            certificate_number=data["certificate_number"],
            certificate_id=key_of(kept),
            actor=self.actor,
            at=self.at,
        )

    def message(self, result: Any) -> str:
        """Until when."""
        until = f" until {result.valid_until:%d %b %Y}" if result.valid_until else ""
        return f"{result.person} holds {result.qualification}{until}."

    def success_url(self, result: Any) -> str:
        """The matrix."""
        return reverse("cmms:qualifications")

    def cancel_url(self) -> str:
        """The matrix."""
        return reverse("cmms:qualifications")


class Withdraw(CommandView):
    """A qualification no longer counts."""

    title = "Withdraw"
    permission = MANAGE
    form_class = WithdrawForm
    tone = "danger"
    queryset = PersonQualification.objects.select_related("person", "qualification")
    success_message = "{object} is withdrawn."

    def get_initial(self) -> dict[str, Any]:
        """From today."""
        return {"withdrawn_on": timezone.localdate()}

    def extra_context(self) -> dict[str, Any]:
        """Whose."""
        return {"title": f"Withdraw: {self.object}"}

    def run(self, form: Any) -> object:
        """Withdraw it."""
        data = form.cleaned_data
        return withdraw_qualification(
            person_qualification_id=self.object.pk,
            withdrawn_on=data["withdrawn_on"],
            reason=data["reason"],
            actor=self.actor,
            at=self.at,
        )

    def success_url(self, result: Any) -> str:
        """The list."""
        return reverse("cmms:qualifications-held")

    def cancel_url(self) -> str:
        """The list."""
        return reverse("cmms:qualifications-held")
