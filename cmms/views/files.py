"""Files of assets and work orders, and the spare-part list of an asset."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from cmms.forms.places import AssetDocumentForm, SparePartForm, WorkOrderDocumentForm
from cmms.models import Asset, AssetDocument, SparePart
from cmms.services.documents import (
    DELETE_SPARES,
    EDIT_ASSET,
    EDIT_SPARES,
    EXECUTE,
    add_asset_document,
    add_work_order_document,
    remove_asset_document,
    remove_spare_part,
    set_spare_part,
)
from cmms.views.bases import OnWorkOrder
from core.forms import CommandForm, ReasonForm
from core.views.commands import CommandView


class OnAsset(CommandView):
    """A verb of one asset; afterwards its page again."""

    queryset = Asset.objects.all()

    @property
    def asset_id(self) -> int:
        """The asset's key."""
        return int(self.object.pk)

    def success_url(self, result: Any) -> str:
        """The asset."""
        return reverse("cmms:asset", args=[self.asset_id])

    def cancel_url(self) -> str:
        """The asset."""
        return reverse("cmms:asset", args=[self.asset_id])


class OnPartOfAsset(OnAsset):
    """A verb of something that belongs to an asset."""

    @property
    def asset_id(self) -> int:
        """The key of the asset it belongs to."""
        return int(self.object.asset_id)


class AddDocument(OnAsset):
    """A manual, a drawing, a photo."""

    title = "Add a file"
    permission = EDIT_ASSET
    form_class = AssetDocumentForm
    submit_label = "Add"
    success_message = "The file is added."

    def run(self, form: Any) -> object:
        """Keep it."""
        data = form.cleaned_data
        return add_asset_document(
            asset_id=self.object.pk, content=data["file"], name=data["file"].name, kind=data["kind"],
            title=data["title"], actor=self.actor, at=self.at,
        )  # fmt: skip


class RemoveDocument(OnPartOfAsset):
    """Off the page; it stays stored."""

    title = "Take off this file"
    permission = EDIT_ASSET
    queryset = AssetDocument.objects.filter(removed_at=None)
    form_class = ReasonForm
    tone = "danger"
    success_message = "{object} is taken off."

    def run(self, form: Any) -> object:
        """Take it off."""
        return remove_asset_document(
            document_id=self.object.pk, reason=form.cleaned_data["reason"], actor=self.actor, at=self.at
        )


class SetSparePart(OnAsset):
    """A part comes on the list, or another number of it is fitted."""

    title = "Spare part"
    permission = EDIT_SPARES
    form_class = SparePartForm
    submit_label = "Save"
    success_message = "The spare-part list is changed."

    def get_initial(self) -> dict[str, Any]:
        """The line that is to be changed."""
        wanted = self.request.GET.get("part", "")
        if not (wanted.isascii() and wanted.isdigit()):
            return {}
        part = SparePart.objects.select_related("item").filter(pk=int(wanted), asset=self.object).first()
        return (
            {"item": part.item, "quantity_fitted": part.quantity_fitted.normalize(), "note": part.note}
            if part
            else {}
        )

    def run(self, form: Any) -> object:
        """Save it."""
        data = form.cleaned_data
        return set_spare_part(
            asset_id=self.object.pk, item_id=data["item"].pk, quantity_fitted=data["quantity_fitted"],
            note=data["note"], actor=self.actor, at=self.at,
        )  # fmt: skip


class RemoveSparePart(OnPartOfAsset):
    """It does not fit, or is fitted no more."""

    title = "Take off the spare-part list"
    permission = DELETE_SPARES
    queryset = SparePart.objects.select_related("item", "asset")
    form_class = CommandForm
    tone = "danger"
    success_message = "The part is off the list."

    def run(self, form: Any) -> object:
        """Take it off."""
        return remove_spare_part(spare_part_id=self.object.pk, actor=self.actor, at=self.at)


class AddEvidence(OnWorkOrder):
    """A file that shows what was found or done."""

    title = "Add a file"
    permission = EXECUTE
    form_class = WorkOrderDocumentForm
    submit_label = "Add"
    success_message = "The file is added."

    def get_initial(self) -> dict[str, Any]:
        """On an audit finding it is most likely evidence."""
        return {"is_evidence": self.object.type == "AUDIT_FINDING"}

    def run(self, form: Any) -> object:
        """Keep it."""
        data = form.cleaned_data
        return add_work_order_document(
            work_order_id=self.object.pk, content=data["file"], name=data["file"].name, title=data["title"],
            is_evidence=data["is_evidence"], actor=self.actor, at=self.at,
        )  # fmt: skip
