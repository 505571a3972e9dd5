"""A form that is shown, or saved; every problem on the form again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.entrances.staff.door import StaffRequest, flash, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.foundations.kernel.refusals import InvalidInput


def save_or_show(
    request: StaffRequest,
    form: forms.Form,
    save: Callable[[], HttpResponse | None],
    template: str,
    context: dict[str, Any],
    then: str,
) -> HttpResponse:
    """Show the form; or save it and go on to what `save` answers, else to the page named `then`."""
    if request.method != "POST":
        return render(request, template, {**context, "form": form, "errors": Errors()})
    errors = Errors.of_form(form)
    if not errors:
        try:
            answer = save()
        except InvalidInput as refusal:
            errors = Errors.of_refusal(refusal)
        else:
            flash(request, "Saved.")
            return answer or redirect(then)
    return render(request, template, {**context, "form": form, "errors": errors}, status=422)
