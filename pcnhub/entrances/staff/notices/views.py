"""One page: my own choice for everybody, and how e-mail stands for whoever mends failures."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect

from pcnhub.care.organisations.queries import account
from pcnhub.care.organisations.rules import Permission
from pcnhub.connections.mail import operations
from pcnhub.connections.mail.words import WISH_WORDS, Wish
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.local_time import in_london


class WishForm(forms.Form):
    wish = forms.ChoiceField(
        label="What you are told by e-mail",
        choices=list(WISH_WORDS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one.", "invalid_choice": "Choose one of the list."},
        help_text="What is late and escalated to you always comes: somebody waits for it.",
    )

    def __init__(self, given: QueryDict | None, *, wish: Wish) -> None:
        super().__init__(given, initial={"wish": wish.value})


@page(purpose=Purpose.ADMINISTRATION)
def notices(request: StaffRequest) -> HttpResponse:
    own = request.actor.account_id or 0
    form = WishForm(request.POST if request.method == "POST" else None, wish=operations.wish_of(account_id=own))
    errors = Errors()
    if request.method == "POST":
        if form.is_valid():
            operations.choose(actor=request.actor, now=request.now, wish=form.cleaned_data["wish"])
            flash(request, "Your choice is saved.")
            return redirect("notices")
        errors = Errors.of_form(form)
    mends = request.actor.may(Permission.MEND_FAILURES)
    context = {
        "form": form,
        "address": account(id=own).email,
        "mail": operations.status(actor=request.actor) if mends else None,
        "clock": lambda instant: f"{in_london(instant):%-d %b %Y, %H:%M}",
        "errors": errors or None,
    }
    return render(request, "notices/notices.jinja", context, status=422 if errors else 200)


@page(Permission.MEND_FAILURES, purpose=Purpose.ADMINISTRATION, methods=("POST",))
def retry(request: StaffRequest, letter_id: int) -> HttpResponse:
    operations.retry(actor=request.actor, now=request.now, letter_id=letter_id)
    flash(request, "The letter is being sent again.")
    return redirect("notices")
