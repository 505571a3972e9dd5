"""Two entries of one person at the hub: find the other, compare, merge; and take a merge back."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.operations import merge, unmerge
from pcnhub.care.patients.queries import PatientView, find_patients, merged_into, open_patient
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.patients import details, pages
from pcnhub.entrances.staff.patients.changing_forms import MergeForm, ReasonForm
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound

# Under which input a reason against the merge stands.
PLACES = {"merged": "is_compared"}


@page(Permission.MANAGE_REGISTRATIONS)
def patient_merge(request: StaffRequest, patient_id: int) -> HttpResponse:
    """The other entry is found as any patient is; what is typed is sent as a form, and stands in no address."""
    view = open_patient(actor=request.actor, now=request.now, patient_id=patient_id)
    text = request.POST.get("text", "").strip()
    context: dict[str, object] = {"patient": view, "text": text, "found": None, "state": pages.state}
    if request.method != "POST":
        return render(request, "patients/merge_find.jinja", context)
    try:
        found = find_patients(actor=request.actor, now=request.now, text=text, with_gone=True)
    except InvalidInput as refusal:
        errors = Errors.of_refusal(refusal)
        return render(request, "patients/merge_find.jinja", {**context, "errors": errors}, status=422)
    others = [each for each in found.items if each.id != view.id]
    return render(request, "patients/merge_find.jinja", {**context, "found": others})


@page(Permission.MANAGE_REGISTRATIONS)
def patient_merge_confirm(request: StaffRequest, patient_id: int, other_id: int) -> HttpResponse:
    """Both side by side; the first is kept."""
    kept = open_patient(actor=request.actor, now=request.now, patient_id=patient_id)
    other = open_patient(actor=request.actor, now=request.now, patient_id=other_id)
    form, errors = MergeForm(request.POST if request.method == "POST" else None), Errors()
    if request.method == "POST":
        if form.is_valid():
            try:
                merge(
                    actor=request.actor,
                    now=request.now,
                    kept_id=kept.id,
                    merged_id=other.id,
                    reason=form.cleaned_data["reason"],
                    superseded_number=form.cleaned_data["superseded_number"],
                )
            except InvalidInput as refusal:
                errors = Errors.of_refusal(refusal, PLACES)
            else:
                flash(request, "The two entries are merged. It can be taken back from this page.")
                return redirect("patient", patient_id=kept.id)
        else:
            errors = Errors.of_form(form)
    context = {
        "kept": kept,
        "other": other,
        "rows": _side_by_side(request, kept, other),
        "has_two_numbers": bool(kept.number and other.number),
        "form": form,
        "errors": errors,
    }
    return render(request, "patients/merge.jinja", context, status=422 if errors else 200)


@page(Permission.MANAGE_REGISTRATIONS)
def patient_unmerge(request: StaffRequest, patient_id: int, merged_id: int) -> HttpResponse:
    kept = open_patient(actor=request.actor, now=request.now, patient_id=patient_id)
    standing = merged_into(actor=request.actor, patient_id=kept.id)
    entry = next((each for each in standing if each.patient.id == merged_id), None)
    if entry is None:
        raise NotFound("This entry is not merged into the patient's.", remedy="Open the patient again.")
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        unmerge(actor=request.actor, now=request.now, merged_id=merged_id, reason=form.cleaned_data["reason"])
        flash(request, "The two entries are apart again. This is the one that was put aside.")
        return redirect("patient", patient_id=merged_id)
    errors = Errors.of_form(form) if request.method == "POST" else Errors()
    context = {"kept": kept, "entry": entry, "clock": pages.clock, "form": form, "errors": errors}
    return render(request, "patients/unmerge.jinja", context, status=422 if errors else 200)


def _side_by_side(request: StaffRequest, kept: PatientView, other: PatientView) -> list[tuple[str, str, str, bool]]:
    """What tells two people apart: its name, what either entry says, and whether the two differ."""
    sides = []
    for view in (kept, other):
        reached = {each.name: each.text for each in details.contacts(request.actor, view)}
        practice = view.registered_practice
        sides.append(
            {
                "Name": f"{view.family_name.upper()}, {view.given_name}",
                "Previous surname": view.previous_family_name,
                "Date of birth": f"{view.birth_date:%-d %B %Y}",
                "Sex": view.sex.capitalize(),
                "NHS number": view.number_words,
                "Registration": pages.state(view)[0],
                "Practice": f"{practice.name} ({practice.ods_code})" if practice else view.traced_practice_ods,
                **{name: reached.get(name, "") for name in details.FIELDS.values()},
            }
        )
    here, there = sides
    return [
        (name, text or "not known", there[name] or "not known", text.casefold() != there[name].casefold())
        for name, text in here.items()
        if text or there[name]
    ]
