"""Documents in the admin: shown, never edited; changed only by the verbs of the services."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from simple_history.admin import SimpleHistoryAdmin
from unfold.widgets import INPUT_CLASSES, SELECT_CLASSES, TEXTAREA_CLASSES

from core.admin.base import ReadOnlyAdmin
from core.forms import CommandForm, ReasonForm, deliver, run_form_command
from core.models import User

MOST_AT_ONCE = 200


@dataclass(frozen=True)
class ActionCall:
    """What a service call needs beside its document."""

    actor: User
    at: datetime
    reason: str
    data: Mapping[str, Any]


class OptionalReasonForm(CommandForm):
    """A command that may say why."""

    reason = forms.CharField(
        label="Reason",
        max_length=100,
        required=False,
        widget=forms.Textarea,
        help_text="Kept in the history.",
    )


@dataclass(frozen=True)
class DocumentAction:
    """One verb of a document: a button, a page to confirm it, one service call.

    `available` hides the button where the document's state forbids the verb; the service decides in any case.
    """

    name: str
    label: str
    run: Callable[[Any, ActionCall], object]
    permission: str | None = None
    tone: str = "primary"
    bulk: bool = False
    needs_reason: bool = False
    available: Callable[[Any], bool] = lambda document: True
    form_class: type[CommandForm] | None = None
    text: str = ""
    success: str = "{document}: {label} is done."

    def may(self, actor: User) -> bool:
        """Whether to offer it to a person."""
        return self.permission is None or actor.has_perm(self.permission)

    def form(self, data: Any = None, files: Any = None) -> CommandForm:
        """Its form, in the admin's look."""
        chosen = self.form_class or (ReasonForm if self.needs_reason else OptionalReasonForm)
        made = chosen(data, files)
        for field in made.fields.values():
            field.widget.attrs["class"] = " ".join(_classes(field.widget))
        return made


def _classes(widget: forms.Widget) -> list[str]:
    if isinstance(widget, forms.Textarea):
        return list(TEXTAREA_CLASSES)
    if isinstance(widget, (forms.Select, forms.SelectMultiple)):
        return list(SELECT_CLASSES)
    return (
        list(INPUT_CLASSES)
        if isinstance(widget, forms.TextInput | forms.NumberInput | forms.DateInput)
        else []
    )


class DocumentAdmin(SimpleHistoryAdmin, ReadOnlyAdmin):  # type: ignore[misc]
    """A business document: list, read, history, and its verbs in `document_actions`."""

    document_actions: ClassVar[Sequence[DocumentAction]] = ()
    change_form_outer_before_template = "admin/tenon/document_actions.html"

    def get_urls(self) -> list[URLPattern]:
        """The pages that confirm a verb, before the admin's own."""
        info = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view(self.action_view)
        return [
            path("do/<slug:name>/", view, name=f"{info}_do"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        """The document with the verbs that its state and the person's rights allow."""
        document = self.get_object(request, object_id)
        offered = self._offered(request, document) if document is not None else []
        shown = {**(extra_context or {}), "document_actions": offered}
        return super().change_view(request, object_id, form_url, shown)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The verbs that may be done to several documents at once."""
        actions: dict[str, Any] = {
            name: entry for name, entry in super().get_actions(request).items() if name != "delete_selected"
        }
        for action in self.document_actions:
            if action.bulk and action.may(cast(User, request.user)):
                actions[action.name] = (
                    partial(_to_confirmation, name=action.name),
                    action.name,
                    action.label,
                )
        return actions

    def _offered(self, request: HttpRequest, document: Model) -> list[dict[str, str]]:
        actor = cast(User, request.user)
        return [
            {"label": action.label, "tone": action.tone, "url": self._action_url(action.name, [document.pk])}
            for action in self.document_actions
            if action.may(actor) and action.available(document)
        ]

    def _action_url(self, name: str, keys: Sequence[Any]) -> str:
        address = reverse(
            f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_do", args=[name]
        )
        return f"{address}?ids={','.join(str(key) for key in keys)}"

    def action_view(self, request: HttpRequest, name: str) -> HttpResponseBase:
        """Confirm a verb (GET) and do it (POST), for one document or several."""
        action = next((each for each in self.document_actions if each.name == name), None)
        if action is None:
            raise Http404
        if not self.has_view_permission(request) or not action.may(cast(User, request.user)):
            raise PermissionDenied("Your role does not include this.")
        documents = self._documents(request)
        if len(documents) > 1 and not action.bulk:
            raise Http404
        if request.method != "POST":
            return self._confirmation(request, action, documents, action.form())
        form = action.form(request.POST, request.FILES)
        if not form.is_valid():
            return self._confirmation(request, action, documents, form, status=422)
        if len(documents) == 1:
            return self._do_one(request, action, documents[0], form)
        return self._do_many(request, action, documents, form)

    def _documents(self, request: HttpRequest) -> list[Any]:
        keys = [key for key in request.GET.get("ids", "").split(",") if key.isascii() and key.isdigit()]
        documents = list(self.get_queryset(request).filter(pk__in=keys[:MOST_AT_ONCE]).order_by("pk"))
        if not documents:
            raise Http404
        return documents

    def _call(
        self, request: HttpRequest, action: DocumentAction, document: Any, form: CommandForm
    ) -> dict[str, Any]:
        """Keyword arguments of one delivery."""
        cleaned = form.cleaned_data
        call = ActionCall(cast(User, request.user), timezone.now(), str(cleaned.get("reason") or ""), cleaned)
        return {
            "actor": call.actor,
            "command": f"admin.{self.opts.label_lower}.{action.name}",
            "run": lambda: action.run(document, call),
            "describe": lambda result: {
                "message": action.success.format(document=document, label=action.label)
            },
            "about": {"document": document.pk},
        }

    def _do_one(
        self, request: HttpRequest, action: DocumentAction, document: Any, form: CommandForm
    ) -> HttpResponseBase:
        outcome = run_form_command(form, **self._call(request, action, document, form))
        if not outcome.ok:
            return self._confirmation(request, action, [document], form, status=outcome.status)
        messages.success(request, outcome.result["message"])
        return HttpResponseRedirect(self._change_url(document))

    def _do_many(
        self, request: HttpRequest, action: DocumentAction, documents: Sequence[Any], form: CommandForm
    ) -> HttpResponseBase:
        """Each document in a transaction of its own, so that one refusal does not hold up the others."""
        done: list[str] = []
        for document in documents:
            outcome = deliver(form, part=f":{document.pk}", **self._call(request, action, document, form))
            if outcome.refusal is None:
                done.append(str(document))
            else:
                messages.error(request, f"{document}: {outcome.refusal.words}")
        if done:
            messages.success(request, f"{action.label}: done for {len(done)} ({', '.join(done)}).")
        return HttpResponseRedirect(self._list_url())

    def _confirmation(
        self,
        request: HttpRequest,
        action: DocumentAction,
        documents: Sequence[Any],
        form: CommandForm,
        status: int = 200,
    ) -> TemplateResponse:
        one = documents[0] if len(documents) == 1 else None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{action.label}: {one}" if one else f"{action.label}: {len(documents)} documents",
            "action": action,
            "documents": documents,
            "form": form,
            "back_url": self._change_url(one) if one else self._list_url(),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/tenon/document_action.html", context, status=status)

    def _change_url(self, document: Any) -> str:
        info = f"{self.opts.app_label}_{self.opts.model_name}"
        return reverse(f"{self.admin_site.name}:{info}_change", args=[document.pk])

    def _list_url(self) -> str:
        return reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_changelist")


def _to_confirmation(
    model_admin: DocumentAdmin, request: HttpRequest, queryset: QuerySet[Any], *, name: str
) -> HttpResponseBase | None:
    """From the list's action menu to the page that confirms the verb."""
    keys = request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)
    if request.POST.get("select_across") == "1":
        keys = [str(key) for key in queryset.values_list("pk", flat=True)[: MOST_AT_ONCE + 1]]
    if len(keys) > MOST_AT_ONCE:
        messages.error(request, f"Choose at most {MOST_AT_ONCE} at once.")
        return None
    return HttpResponseRedirect(model_admin._action_url(name, keys))
