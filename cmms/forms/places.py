"""Forms around assets and locations: moves, files, spare parts, labels; and reporting without a login."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from cmms.choices.places import DocumentKind
from cmms.forms.fields import CodeField, ItemField, PhotoField
from cmms.models import Asset, Location, Storeroom
from core.forms import CommandForm

FROM_CODE = "Type or scan its code, or type its name."


class AssetField(CodeField):
    """An asset."""

    model = Asset
    url_name = "cmms:suggest-places"
    unknown = "No asset is called '{text}'. Choose one of the suggestions."


class LocationField(CodeField):
    """A location."""

    model = Location
    url_name = "cmms:suggest-places"
    unknown = "No location is called '{text}'. Choose one of the suggestions."


def reason() -> forms.CharField:
    """Why; every move says it."""
    return forms.CharField(
        label="Reason", max_length=100, widget=forms.Textarea, help_text="Kept in the history."
    )


class MoveAssetForm(CommandForm):
    """An asset comes to stand elsewhere."""

    location = LocationField(label="Now at location", required=False, help_text=FROM_CODE)
    parent = AssetField(label="Part of", required=False, help_text="Empty: it stands for itself.")
    reason = reason()


class MoveLocationForm(CommandForm):
    """A location belongs elsewhere."""

    parent = LocationField(label="Part of", required=False, help_text="Empty: top level.")
    reason = reason()


class AssetDocumentForm(CommandForm):
    """A file about an asset."""

    file = forms.FileField(label="File", help_text="Picture, PDF or text, up to 20 MB.")
    kind = forms.ChoiceField(choices=DocumentKind.choices, initial=DocumentKind.MANUAL)
    title = forms.CharField(max_length=160, required=False, help_text="Empty: the name of the file.")


class WorkOrderDocumentForm(CommandForm):
    """A file about the work."""

    file = forms.FileField(label="File or photo", help_text="Picture, PDF or text, up to 20 MB.")
    title = forms.CharField(max_length=160, required=False, help_text="Empty: the name of the file.")
    is_evidence = forms.BooleanField(
        label="It is evidence that the work is settled",
        required=False,
        help_text="An audit finding is completed only with evidence.",
    )


class SparePartForm(CommandForm):
    """A part that fits an asset."""

    item = ItemField(label="Part", help_text=FROM_CODE)
    quantity_fitted = forms.DecimalField(
        label="How many are fitted", min_value=0, max_digits=14, decimal_places=4, initial=1
    )
    note = forms.CharField(max_length=160, required=False, help_text="For example the position.")


class PublicReportForm(forms.Form):
    """What somebody without a login may say; `website` is a trap that people do not see."""

    idempotency_key = forms.CharField(widget=forms.HiddenInput, max_length=100, required=False)
    description = forms.CharField(
        label="What is wrong?",
        widget=forms.Textarea(attrs={"rows": 4, "class": "form-control"}),
        max_length=4000,
    )
    is_asset_down = forms.BooleanField(
        label="It has stopped",
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )
    photo = PhotoField()
    requester_name = forms.CharField(label="Your name", max_length=120, required=False)
    department = forms.CharField(max_length=80, required=False)
    requester_email = forms.EmailField(
        label="Your e-mail",
        required=False,
        help_text="Only to tell you what becomes of your report.",
    )
    website = forms.CharField(label="Leave this empty", max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("photo", "requester_name", "department", "requester_email", "website"):
            self.fields[name].widget.attrs["class"] = "form-control"
        self.fields["requester_name"].widget.attrs["autocomplete"] = "name"
        self.fields["requester_email"].widget.attrs["autocomplete"] = "email"
        self.fields["website"].widget.attrs.update({"tabindex": "-1", "autocomplete": "off"})

    @property
    def is_trapped(self) -> bool:
        """Whether a program filled in what no person sees."""
        return bool(self.data.get("website"))


class LabelForm(forms.Form):
    """Which labels, and how many go on a page."""

    SIZES = (("8", "8 large"), ("24", "24 medium"), ("40", "40 small"))
    assets_at = LocationField(label="Assets at a location and below", required=False)
    assets_of = AssetField(label="An asset and all its parts", required=False)
    bins_of = forms.ModelChoiceField(
        Storeroom.objects.filter(is_active=True).order_by("code"),
        label="Bins of a storeroom",
        required=False,
        empty_label="None",
    )
    places_of = LocationField(label="Locations, from one down", required=False)
    links_of = LocationField(label="Codes for reporting, from a location down", required=False)
    assets = forms.CharField(widget=forms.HiddenInput, required=False, max_length=12_000)
    size = forms.ChoiceField(label="On a page (A4)", choices=SIZES, required=False, initial="24")

    def clean_size(self) -> int:
        """24 where nothing is said."""
        return int(self.cleaned_data["size"] or 24)

    def clean(self) -> dict[str, Any]:
        """One selection at a time."""
        data = super().clean() or {}
        if (
            sum(
                1 for name in ("assets_at", "assets_of", "bins_of", "places_of", "links_of") if data.get(name)
            )
            > 1
        ):
            raise ValidationError("Choose one kind of label at a time.")
        return data
