"""A page that is one command: show the form, run the service once, say what happened."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.contrib import messages
from django.forms.formsets import BaseFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from core.forms import KEY, CommandForm, Outcome, run_form_command, style_fields
from core.views.pages import OfOneRow, Page, is_htmx


class CommandView(OfOneRow, Page):
    """GET shows the form; POST makes the one service call in `run` and redirects.

    The same submission twice leads to the first result. A refusal shows the same page with everything typed
    kept, at status 422 (rule or input), 409 (conflict) or 403 (right).
    """

    template_name = "core/form_page.html"
    form_class: ClassVar[type[CommandForm]] = CommandForm
    submit_label: ClassVar[str] = ""
    tone: ClassVar[str] = "primary"
    intro: ClassVar[str] = ""
    success_message: ClassVar[str] = ""
    initial: ClassVar[dict[str, Any]] = {}

    formsets: dict[str, BaseFormSet[Any]]

    def run(self, form: Any) -> object:
        """Exactly one service call; what it returns goes to `success_url` and `message`."""
        raise TypeError(f"{type(self).__name__} does not say which service it runs")

    def success_url(self, result: Any) -> str:
        """Where to go after success: the row's own page, unless overridden."""
        target = result if hasattr(result, "get_absolute_url") else self.object
        if target is not None and hasattr(target, "get_absolute_url"):
            return str(target.get_absolute_url())
        return reverse("core:home")

    def cancel_url(self) -> str:
        """Where 'Cancel' leads: the row's page, else the start page."""
        if self.object is not None and hasattr(self.object, "get_absolute_url"):
            return str(self.object.get_absolute_url())
        return reverse("core:home")

    def message(self, result: Any) -> str:
        """What to say after success."""
        return self.success_message.format(object=self.object, result=result)

    def get_initial(self) -> dict[str, Any]:
        """Values the form starts with."""
        return dict(self.initial)

    def get_form(self, data: Any = None, files: Any = None) -> CommandForm:
        """The form; override to give it choices that depend on the row."""
        return self.form_class(data, files, initial=self.get_initial())

    def get_formsets(self, data: Any = None, files: Any = None) -> dict[str, BaseFormSet[Any]]:
        """Formsets of lines, by name; shown under the form and valid before `run` is called."""
        return {}

    def render_success(self, result: dict[str, Any]) -> HttpResponseBase | None:
        """An answer other than going to `success_url`, e.g. a fragment for htmx."""
        return None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The empty form."""
        self.load()
        self.formsets = self.get_formsets()
        return self._page(self.get_form())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Run the command."""
        self.load()
        form = self.get_form(request.POST, request.FILES)
        self.formsets = self.get_formsets(request.POST, request.FILES)
        lines_valid = all([formset.is_valid() for formset in self.formsets.values()])
        if not (form.is_valid() and lines_valid):
            return self._page(form, status=422)
        outcome = run_form_command(
            form,
            actor=self.actor,
            command=f"{type(self).__module__}.{type(self).__qualname__}",
            run=lambda: self.run(form),
            describe=lambda result: {"url": self.success_url(result), "message": self.message(result)},
            about={"path": request.path},
        )
        return self._succeed(outcome, form) if outcome.ok else self._page(form, status=outcome.status)

    def _succeed(self, outcome: Outcome, form: CommandForm) -> HttpResponseBase:
        key = str(form.data.get(KEY, ""))
        own = self.render_success(outcome.result)
        if own is not None:
            own["HX-Trigger"] = json.dumps({"tenon:done": {"key": key, "message": outcome.result["message"]}})
            return own
        if outcome.result["message"]:
            messages.success(self.request, outcome.result["message"], extra_tags=key)
        if is_htmx(self.request):
            return HttpResponse(headers={"HX-Redirect": outcome.result["url"]})
        return HttpResponseRedirect(outcome.result["url"])

    def _page(self, form: CommandForm, status: int = 200) -> TemplateResponse:
        for formset in self.formsets.values():
            for each in [*formset.forms, formset.empty_form]:
                style_fields(each)
        return self.render(
            status,
            form=form,
            formsets=self.formsets,
            object=self.object,
            cancel_url=self.cancel_url(),
            intro=self.intro or ("" if self.object is None else str(self.object)),
            submit_label=self.submit_label or self.title,
            draft_id=self.request.path,
        )
