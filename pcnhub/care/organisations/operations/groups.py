"""Changing organisation groups: the owner says who is in, each member says for itself that it subscribes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.organisations.models import GroupMember, Organisation, OrganisationGroup
from pcnhub.care.organisations.operations.writing import Problems, change, note, on_own_ground
from pcnhub.care.organisations.queries import organisation_ref
from pcnhub.care.organisations.rules import GroupPurpose, Permission, Saved, require
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound


@dataclass(frozen=True, slots=True)
class GroupFacts:
    name: str
    purpose: str
    description: str = ""


def save_group(
    *,
    actor: Actor,
    now: datetime,
    owner_id: int,
    facts: GroupFacts,
    group_id: int | None = None,
    is_new: bool = False,
) -> Saved:
    """Make a group, or change it (by id, else by its name). Names are unique among all hubs (`domain.md` 6).

    `is_new` refuses a name that the owner's own group has already, instead of changing that one.
    Raises InvalidInput, NotPermitted, NotFound.
    """
    with unit_of_work(actor):
        on_own_ground(actor=actor, permission=Permission.MANAGE_ORGANISATION, organisation_id=owner_id)
        name = facts.name.strip()
        mine = OrganisationGroup.objects.select_for_update().filter(owner=owner_id)
        standing = mine.filter(pk=group_id).first() if group_id else mine.filter(name=name).first()
        if group_id and standing is None:
            raise NotFound("There is no such group of this organisation.", remedy="Choose one from the groups page.")
        problems = Problems()
        if is_new and standing is not None:
            problems.add(
                "name", "taken", "You have a group of this name.", "Change that one, or give another name.", name
            )
        problems.required("name", name, "the name of the group")
        problems.one_of("purpose", facts.purpose, GroupPurpose, "a purpose of a group")
        if OrganisationGroup.objects.filter(name=name).exclude(pk=standing.pk if standing else 0).exists():
            problems.add(
                "name", "taken", "Another group has this name.", "Put your network's name in front of it.", name
            )
        problems.refuse_if_any()
        values = {"name": name, "purpose": facts.purpose, "description": facts.description.strip()}
        if standing is None:
            row = OrganisationGroup.objects.create(owner_id=owner_id, **values)
            saved = Saved(row.pk, True, tuple(values))
        else:
            saved = change(standing, values)
        return note(actor=actor, now=now, what="group", saved=saved, organisation_id=owner_id)


def add_to_group(*, actor: Actor, now: datetime, group_id: int, organisation_id: int) -> Saved:
    """Put an organisation into a group; it sees the group's slots once it subscribes. Raises NotPermitted, NotFound."""
    with unit_of_work(actor):
        group = _owned(actor, group_id)
        organisation_ref(id=organisation_id)
        key = {"group_id": group_id, "organisation_id": organisation_id}
        if standing := GroupMember.objects.filter(**key).first():
            return Saved(standing.pk, False, ())
        row = GroupMember.objects.create(**key)
        saved = Saved(row.pk, True, ("organisation",))
        return note(
            actor=actor, now=now, what="group-member", saved=saved, organisation_id=organisation_id,
            detail={"group": group_id}, told_as=group.owner_id,
        )  # fmt: skip


def remove_from_group(*, actor: Actor, now: datetime, group_id: int, organisation_id: int) -> None:
    """Take an organisation out of a group, and its subscription with it. Raises NotPermitted, NotFound."""
    with unit_of_work(actor):
        group = _owned(actor, group_id)
        row = _member(group_id, organisation_id)
        saved = Saved(row.pk, False, ("removed",))
        row.delete()
        note(
            actor=actor, now=now, what="group-member", saved=saved, organisation_id=organisation_id,
            detail={"group": group_id}, told_as=group.owner_id,
        )  # fmt: skip


def subscribe(*, actor: Actor, now: datetime, group_id: int) -> Saved:
    """The actor's own organisation subscribes: from now on it sees the group's slots. Raises NotPermitted, NotFound."""
    return _subscription(actor=actor, now=now, group_id=group_id, is_on=True)


def unsubscribe(*, actor: Actor, now: datetime, group_id: int) -> Saved:
    """The actor's own organisation no longer sees the group's slots. Raises NotPermitted, NotFound."""
    return _subscription(actor=actor, now=now, group_id=group_id, is_on=False)


def _subscription(*, actor: Actor, now: datetime, group_id: int, is_on: bool) -> Saved:
    with unit_of_work(actor):
        require(actor=actor, permission=Permission.MANAGE_ORGANISATION)
        row = _member(group_id, actor.organisation.id)
        if (row.subscribed_at is not None) == is_on:
            return Saved(row.pk, False, ())
        saved = change(row, {"subscribed_at": now if is_on else None, "subscribed_by": actor.user if is_on else ""})
        return note(
            actor=actor, now=now, what="group-member", saved=saved, organisation_id=actor.organisation.id,
            detail={"group": group_id, "subscribed": is_on}, told_as=row.group.owner_id,
        )  # fmt: skip


def _member(group_id: int, organisation_id: int) -> GroupMember:
    row = GroupMember.objects.select_for_update().filter(group=group_id, organisation=organisation_id).first()
    if row is None:
        name = Organisation.objects.values_list("name", flat=True).filter(pk=organisation_id).first() or "It"
        raise NotFound(
            f"{name} is not in this group.",
            remedy="Ask the group's owner to add it.",
            who_can="the hub's manager",
        )
    return row


def _owned(actor: Actor, group_id: int) -> OrganisationGroup:
    row = OrganisationGroup.objects.filter(pk=group_id).first()
    if row is None:
        raise NotFound("There is no such group.", remedy="Choose one from the groups page.")
    on_own_ground(actor=actor, permission=Permission.MANAGE_ORGANISATION, organisation_id=row.owner_id)
    return row
