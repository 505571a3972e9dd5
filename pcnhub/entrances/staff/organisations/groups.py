"""Organisation groups: the hub says who is in, each member subscribes for itself."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from pcnhub.care.organisations import operations, queries
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.entrances.staff.door import StaffRequest, flash, page, render
from pcnhub.entrances.staff.forms import Errors
from pcnhub.entrances.staff.organisations import pages
from pcnhub.entrances.staff.organisations.forms import PURPOSE_LABELS, GroupForm
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Purpose
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound

for_managers = page(Permission.MANAGE_ORGANISATION, purpose=Purpose.ADMINISTRATION)
by_button = page(Permission.MANAGE_ORGANISATION, purpose=Purpose.ADMINISTRATION, methods=("POST",))


@for_managers
def groups(request: StaffRequest) -> HttpResponse:
    mine = request.actor.organisation.id
    context = {
        "owned": queries.groups_of(owner_id=mine),
        "joined": queries.groups_with(organisation_id=mine),
        "is_hub": request.actor.organisation.kind == OrganisationKind.HUB,
        "purposes": PURPOSE_LABELS,
    }
    return render(request, "organisations/groups.jinja", context)


@for_managers
def group_new(request: StaffRequest) -> HttpResponse:
    return _save(request, None, {})


@for_managers
def group(request: StaffRequest, group_id: int) -> HttpResponse:
    """One of the hub's groups: its name and purpose, and who is in."""
    found = queries.group(id=group_id)
    if found.owner.id != request.actor.organisation.id:
        raise NotFound("There is no such group of your organisation.", remedy="Choose one from the groups page.")
    inside = {member.organisation.id for member in found.members}
    candidates = pages.who_may_join(actor=request.actor, day=london_date(request.now))
    outside = [each for each in candidates if each.id not in inside]
    return _save(request, group_id, GroupForm.of(found), {"group": found, "outside": outside})


@by_button
def add(request: StaffRequest, group_id: int) -> HttpResponse:
    chosen = request.POST.get("organisation_id", "")
    if not chosen.isdecimal():
        raise NotFound("No organisation was chosen.", remedy="Choose one and add it again.")
    operations.add_to_group(actor=request.actor, now=request.now, group_id=group_id, organisation_id=int(chosen))
    flash(request, "The organisation is in the group. It sees the group’s slots once it subscribes.")
    return redirect("group", group_id=group_id)


@by_button
def remove(request: StaffRequest, group_id: int, organisation_id: int) -> HttpResponse:
    operations.remove_from_group(
        actor=request.actor, now=request.now, group_id=group_id, organisation_id=organisation_id
    )
    flash(request, "The organisation is out of the group and no longer sees its slots.")
    return redirect("group", group_id=group_id)


@by_button
def subscribe(request: StaffRequest, group_id: int) -> HttpResponse:
    operations.subscribe(actor=request.actor, now=request.now, group_id=group_id)
    flash(request, f"{request.actor.organisation.name} has subscribed and sees the group’s slots.")
    return redirect("groups")


@by_button
def unsubscribe(request: StaffRequest, group_id: int) -> HttpResponse:
    operations.unsubscribe(actor=request.actor, now=request.now, group_id=group_id)
    flash(request, f"{request.actor.organisation.name} no longer sees the group’s slots.")
    return redirect("groups")


def _save(
    request: StaffRequest, group_id: int | None, initial: dict[str, Any], more: dict[str, Any] | None = None
) -> HttpResponse:
    form = GroupForm(request.POST if request.method == "POST" else None, initial=initial)
    context: dict[str, Any] = {"form": form, "group": None, "outside": [], **(more or {})}
    if request.method != "POST":
        return render(request, "organisations/group.jinja", context)
    errors = Errors.of_form(form)
    if not errors:
        try:
            with unit_of_work(request.actor):
                saved = operations.save_group(
                    actor=request.actor,
                    now=request.now,
                    owner_id=request.actor.organisation.id,
                    facts=form.facts(),
                    group_id=group_id,
                    is_new=group_id is None,
                )
        except InvalidInput as refusal:
            errors = Errors.of_refusal(refusal)
        else:
            flash(request, "The group is made. Add organisations to it." if saved.made else "The group is saved.")
            return redirect("group", group_id=saved.id)
    return render(request, "organisations/group.jinja", {**context, "errors": errors}, status=422)
