"""What the storerooms run out of, why, and asking purchasing for it."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.urls import reverse

from cmms.filters import StockFilter
from cmms.forms.stock_papers import RefillForm
from cmms.models import StockItem, Storeroom
from cmms.selectors.reorder import suggestion_for, to_reorder, with_position
from cmms.services.stock import ask_to_refill
from cmms.views.stock import StockList
from core.display import quantity_text
from core.views.commands import CommandView
from core.views.lists import Column, ListPage

REORDER = "cmms.reorder_stock"
MOST_AT_ONCE = 100
ROWS = StockItem.objects.with_available().select_related("item__unit", "storeroom", "bin")


def suggested(row: StockItem) -> str:
    """How much to buy."""
    return quantity_text(suggestion_for(row).quantity, str(row.item.unit))


def arithmetic(row: StockItem) -> str:
    """Why so much."""
    return "; ".join(suggestion_for(row).steps)


class ReorderList(ListPage):
    """Balances at or below their reorder point, with what is coming counted."""

    title = "To reorder"
    subtitle = "On hand less promised and waited for, with what is coming, is at or below the reorder point."
    permission = "cmms.view_stockitem"
    template_name = "cmms/reorder.html"
    filterset_class = StockFilter
    search_fields = StockList.search_fields
    search_hint = StockList.search_hint
    default_sort = "item__code"
    columns = (
        Column("item.code", "Part", kind="link", url_name="cmms:stock-item", sort="item__code"),
        Column(
            "item.name", "Name", kind="link", url_name="cmms:stock-item", phone="title", sort="item__name"
        ),
        Column("storeroom.code", "Storeroom", sort="storeroom__code"),
        Column("available", "Free", kind="quantity", unit="item.unit.code", sort="available"),
        Column("coming", "Coming", kind="quantity", sort="coming"),
        Column("point", "Reorder at", kind="quantity", sort="point"),
        Column(
            suggested, "Ask for", phone="pill", url=lambda row: reverse("cmms:reorder-one", args=[row.pk])
        ),
        Column(arithmetic, "Why", phone="text"),
    )
    empty_title = "Nothing to reorder"
    empty_text = "Every part with a reorder point or a lead time has more than that, here or coming."

    def get_queryset(self) -> Any:
        """Only those."""
        return to_reorder(ROWS, self.at)

    def extra_context(self) -> dict[str, Any]:
        """How many each storeroom may ask for in one tap."""
        if not self.actor.has_perm(REORDER):
            return {"stores": []}
        low = to_reorder(StockItem.objects.all(), self.at).order_by()
        counts = low.values("storeroom", "storeroom__code").annotate(parts=Count("pk"))
        return {"stores": list(counts.order_by("storeroom__code")), "most": MOST_AT_ONCE}


class AskForOne(CommandView):
    """One part: how much, and why so much."""

    title = "Ask purchasing"
    permission = REORDER
    form_class = RefillForm
    submit_label = "Ask"
    queryset = ROWS

    def load(self) -> None:
        """With its position."""
        super().load()
        self.suggestion = suggestion_for(with_position(ROWS.filter(pk=self.object.pk), self.at).get())

    @property
    def intro(self) -> str:  # type: ignore[override]
        """The arithmetic."""
        return f"{self.object.item} in {self.object.storeroom}: {'; '.join(self.suggestion.steps)}."

    def get_initial(self) -> dict[str, Any]:
        """As suggested."""
        return {"quantity": self.suggestion.quantity or None}

    def run(self, form: Any) -> object:
        """Ask for it."""
        wanted = form.cleaned_data["quantity"]
        return ask_to_refill(quantities={self.object.pk: wanted}, actor=self.actor, at=self.at)

    def message(self, result: Any) -> str:
        """On which paper."""
        return f"Asked for with {', '.join(result)}."

    def success_url(self, result: Any) -> str:
        """The list."""
        return reverse("cmms:reorder")

    def cancel_url(self) -> str:
        """The list."""
        return reverse("cmms:reorder")


class AskForStore(CommandView):
    """Everything a storeroom runs out of, as suggested, on one paper."""

    title = "Ask for all"
    permission = REORDER
    submit_label = "Ask"
    queryset = Storeroom.objects.all()
    intro = "Everything at or below its reorder point is asked for, as much as is suggested."

    def run(self, form: Any) -> object:
        """Ask for all of it."""
        low = to_reorder(StockItem.objects.filter(storeroom=self.object.pk), self.at)
        keys = list(low.order_by("item__code").values_list("pk", flat=True)[:MOST_AT_ONCE])
        return ask_to_refill(quantities=dict.fromkeys(keys), actor=self.actor, at=self.at)

    def message(self, result: Any) -> str:
        """On which paper."""
        return f"Asked for with {', '.join(result)}."

    def success_url(self, result: Any) -> str:
        """The list."""
        return reverse("cmms:reorder")

    def cancel_url(self) -> str:
        """The list."""
        return reverse("cmms:reorder")
