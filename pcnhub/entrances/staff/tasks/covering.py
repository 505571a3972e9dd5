"""Who is away and who stands in: one's own by everybody, anybody's by a manager."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect

from pcnhub.care.organisations.queries import PositionView, positions_at
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.tasks import operations
from pcnhub.care.tasks.operations import CoverRequest
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import DateField, Errors
from pcnhub.foundations.kernel.actors import Actor, Purpose
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput


class CoverForm(forms.Form):
    position = forms.ChoiceField(label="Who is away", error_messages={"required": "Choose who is away."})
    stand_in = forms.ChoiceField(
        label="Who stands in",
        error_messages={"required": "Choose who stands in."},
        help_text="In every team and for every task of the one who is away. They must accept tasks of other organisations.",
    )
    starts_on = DateField(label="First day away", error_messages={"required": "Enter the first day away."})
    ends_on = DateField(label="First day back", error_messages={"required": "Enter the first day back."})

    def __init__(self, given: QueryDict | None, *, staff: Iterable[PositionView], actor: Actor) -> None:
        super().__init__(given, initial={"position": str(actor.position_id)})
        people = list(staff)
        away = [each for each in people if actor.may(Permission.MANAGE_ORGANISATION) or each.id == actor.position_id]
        able = [each for each in people if each.accepts_cross_organisation_tasks]
        for name, choices in (("position", away), ("stand_in", able)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
            field.choices = [
                ("", "Choose"),
                *((str(each.id), f"{each.name}, {each.role_name or each.job_category}") for each in choices),
            ]

    def request(self) -> CoverRequest:
        given = self.cleaned_data
        return CoverRequest(int(given["position"]), int(given["stand_in"]), given["starts_on"], given["ends_on"])


@page(Permission.WORK_TASKS, purpose=Purpose.ADMINISTRATION)
def cover_new(request: StaffRequest) -> HttpResponse:
    staff = positions_at(organisation_id=request.actor.organisation.id, day=london_date(request.now))
    form = CoverForm(request.POST if request.method == "POST" else None, staff=staff, actor=request.actor)
    errors = Errors()
    if request.method == "POST":
        if not form.is_valid():
            errors = Errors.of_form(form)
        else:
            try:
                operations.arrange_cover(actor=request.actor, now=request.now, request=form.request())
            except InvalidInput as refusal:
                errors = Errors.of_refusal(refusal, {"position_id": "position", "stand_in_id": "stand_in"})
            else:
                flash(request, "The cover is arranged.")
                return redirect("teams")
    return render(request, "tasks/cover.jinja", {"form": form, "errors": errors or None}, status=422 if errors else 200)


@page(Permission.WORK_TASKS, purpose=Purpose.ADMINISTRATION, methods=("POST",))
def cover_end(request: StaffRequest, cover_id: int) -> HttpResponse:
    operations.end_cover(actor=request.actor, now=request.now, cover_id=cover_id)
    flash(request, "The cover has ended.")
    return redirect("teams")
