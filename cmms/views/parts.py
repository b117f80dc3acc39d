"""Asking for parts from a work order: on its asset's list in three taps, by search, in words, as a service."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import and_, or_
from typing import Any, ClassVar

from django.db.models import F, Q, Sum
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse

from cmms.choices import RequestLineKind
from cmms.forms.technicians import CancelNeedForm, PartForm, ServiceForm, WordsForm
from cmms.models import PartsRequest, PartsRequestLine, SparePart, StockItem, WorkOrder
from cmms.services.parts import RequestLineInput, cancel_request_line, request_parts
from cmms.views.bases import OnWorkOrder, need_rows, needs, order_url, photo_id
from core.forms import CommandForm
from core.models import Item, Unit
from core.views.commands import CommandView
from core.views.pages import FragmentView, is_htmx

ASK = "cmms.request_parts"
MOST_FOUND = 20
PIECE = "PCE"


@dataclass(frozen=True)
class Choice:
    """A part that can be asked for, and how many of it are free on the site."""

    item: Item
    free: Decimal
    note: str = ""


def choices_of(items: list[Item], site_id: int, notes: dict[int, str] | None = None) -> list[Choice]:
    """Parts with what the site's storerooms have free; one statement."""
    rows = (
        StockItem.objects.filter(item__in=items, storeroom__site_id=site_id)
        .values("item_id")
        .annotate(free=Sum(F("quantity_on_hand") - F("quantity_reserved")))
    )
    free = {row["item_id"]: row["free"] for row in rows}
    return [Choice(item, free.get(item.pk, Decimal(0)), (notes or {}).get(item.pk, "")) for item in items]


def words_about(lines: list[PartsRequestLine]) -> str:
    """The answer to an asking: what is reserved where, what is short."""
    return " · ".join(phrase.text for row in need_rows(lines) for phrase in row.phrases)


class AskPage(OnWorkOrder):
    """The asset's parts, each asked for by quantity and one tap; also the command itself."""

    title = "Ask for a part"
    permission = ASK
    form_class = PartForm
    template_name = "cmms/ask_part.html"

    def extra_context(self) -> dict[str, Any]:
        """The spare-part list of the asset."""
        return {"choices": self._spares(), "order": self.object} if self.request.method == "GET" else {}

    def _spares(self) -> list[Choice]:
        order: WorkOrder = self.object
        parts = (
            SparePart.objects.filter(asset=order.asset, item__is_active=True)
            .select_related("item__unit")
            .order_by("item__name", "pk")[:100]
        )
        fitted = list(parts)
        notes = {part.item_id: part.note for part in fitted}
        return choices_of([part.item for part in fitted], order.site_id, notes)

    def run(self, form: Any) -> object:
        """Ask for it."""
        data = form.cleaned_data
        line = RequestLineInput(kind=RequestLineKind.ITEM, quantity=data["quantity"], item_id=data["item"])
        return request_parts(
            work_order_id=self.object.pk,
            lines=[line],
            needed_on=data["needed_on"],
            actor=self.actor,
            at=self.at,
        )

    def message(self, result: Any) -> str:
        """The answer in words."""
        return words_about(list(needs().filter(parts_request=result)))

    def render(self, status: int = 200, **context: Any) -> TemplateResponse:
        """In place: only why it was refused."""
        if is_htmx(self.request):
            return TemplateResponse(
                self.request, "cmms/_asked.html", {"form": context["form"]}, status=status
            )
        shown = super().render(status, **context)
        if "choices" not in (shown.context_data or {}):
            shown.context_data = {
                **(shown.context_data or {}),
                "choices": self._spares(),
                "order": self.object,
            }
        return shown

    def render_success(self, result: dict[str, Any]) -> HttpResponseBase | None:
        """In place: the answer."""
        if not is_htmx(self.request):
            return None
        return TemplateResponse(self.request, "cmms/_asked.html", {"answer": result["message"]}).render()


class FindParts(FragmentView):
    """Parts of the catalogue whose code, name or maker's number holds all words."""

    permission = ASK
    queryset = WorkOrder.objects.select_related("asset")
    template_name = "cmms/_choices.html"

    def extra_context(self) -> dict[str, Any]:
        """What was found."""
        words = self.request.GET.get("q", "").replace("\x00", "").split()[:6]
        if not words:
            return {"choices": [], "order": self.object, "searched": False}
        names = ("code", "name", "manufacturer_part_number")
        wanted = reduce(
            and_, (reduce(or_, (Q(**{f"{n}__icontains": word}) for n in names)) for word in words)
        )
        found = (
            Item.objects.filter(wanted, is_active=True).select_related("unit").order_by("code")[:MOST_FOUND]
        )
        choices = choices_of(list(found), self.object.site_id)
        return {"choices": choices, "order": self.object, "searched": True}


class AskInWords(OnWorkOrder):
    """A part that is in no catalogue."""

    title = "Part in words"
    intro = "For a part that is in no list. A photo helps the buyer."
    permission = ASK
    form_class: ClassVar[type[CommandForm]] = WordsForm
    submit_label = "Request"
    kind = RequestLineKind.NON_CATALOGUE

    def get_initial(self) -> dict[str, Any]:
        """Most parts are counted in pieces."""
        return {"unit": Unit.objects.filter(code=PIECE).first()}

    def get_form(self, data: Any = None, files: Any = None) -> CommandForm:
        """With this order's steps."""
        form = super().get_form(data, files)
        form.fields["operation"].of(self.object)  # type: ignore[attr-defined]
        return form

    def run(self, form: Any) -> object:
        """Ask for it."""
        data = form.cleaned_data
        line = RequestLineInput(
            kind=self.kind,
            quantity=data.get("quantity", Decimal(1)),
            description=data["description"],
            unit_id=data["unit"].pk if data.get("unit") else None,
            operation_id=data["operation"].pk if data["operation"] else None,
            estimated_unit_cost=data.get("estimated_unit_cost"),
            photo_id=photo_id(data["photo"], actor=self.actor, at=self.at),
        )
        return request_parts(
            work_order_id=self.object.pk,
            lines=[line],
            needed_on=data["needed_on"],
            actor=self.actor,
            at=self.at,
        )

    def message(self, result: Any) -> str:
        """The answer in words."""
        return f"{result}: {words_about(list(needs().filter(parts_request=result)))}"


class AskService(AskInWords):
    """Work done outside."""

    title = "Outside service"
    intro = "Rewinding, heat treatment, inspection: work that a firm does for us."
    form_class = ServiceForm
    kind = RequestLineKind.SERVICE


class CancelNeed(CommandView):
    """A need has gone."""

    title = "Cancel this need"
    permission = ASK
    form_class = CancelNeedForm
    tone = "danger"
    queryset = PartsRequestLine.objects.select_related("parts_request__work_order", "unit")
    success_message = "Cancelled: {object}"

    def run(self, form: Any) -> object:
        """Cancel it."""
        data = form.cleaned_data
        return cancel_request_line(
            request_line_id=self.object.pk,
            quantity=data["quantity"],
            reason=data["reason"],
            actor=self.actor,
            at=self.at,
        )

    def success_url(self, result: Any) -> str:
        """Its work order."""
        return order_url(self.object.parts_request.work_order_id)

    def cancel_url(self) -> str:
        """Its work order."""
        return order_url(self.object.parts_request.work_order_id)


class PartsRequestRedirect(FragmentView):
    """A parts request has no page of its own: its work order shows it."""

    permission = "cmms.view_partsrequest"
    queryset = PartsRequest.objects.all()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """To the work order."""
        self.load()
        return HttpResponseRedirect(f"{order_url(self.object.work_order_id)}#parts")
