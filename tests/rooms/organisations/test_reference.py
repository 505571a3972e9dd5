"""Roles, activities and permissions: what the shipped files say is what the tables say."""

import pytest

from pcnhub.care.organisations.models import ActivityPermission, RoleActivity
from pcnhub.care.organisations.operations import load_reference
from pcnhub.care.organisations.queries import actor_for, position
from pcnhub.care.organisations.rules import Permission
from pcnhub.foundations.kernel.local_time import london_date
from tests.cast import NOW, world

pytestmark = pytest.mark.django_db


def test_loading_twice_changes_nothing() -> None:
    load_reference(now=NOW)
    assert not any(load_reference(now=NOW).values())


def test_what_somebody_changed_in_the_tables_comes_back_as_the_files_say() -> None:
    load_reference(now=NOW)
    ActivityPermission.objects.filter(activity="B0109", permission=Permission.MANAGE_AGREEMENTS).delete()
    ActivityPermission.objects.create(activity_id="B0254", permission=Permission.VIEW_SENSITIVE, source="nowhere")
    RoleActivity.objects.filter(role="R8009", activity="B0254").update(source="somewhere else")
    assert load_reference(now=NOW) == {
        "roles.csv": 0,
        "activities.csv": 0,
        "role_activities.csv": 1,
        "activity_permissions.csv": 2,
    }


def test_every_permission_can_be_given_by_some_activity() -> None:
    load_reference(now=NOW)
    assert set(ActivityPermission.objects.values_list("permission", flat=True)) == set(Permission)


def test_a_position_has_its_roles_activities_and_its_own() -> None:
    load_reference(now=NOW)
    cast = world()
    bilal = actor_for(
        position_id=cast.bilal.position_id or 0, now=NOW, request_id="r", origin="127.0.0.1", identity="test"
    )
    assert {Permission.CONSULT, Permission.VIEW_RECORD, Permission.FIND_PATIENTS} <= bilal.permissions
    assert Permission.MANAGE_AGREEMENTS not in bilal.permissions
    held = position(id=cast.ada.position_id or 0, day=london_date(NOW))
    assert {Permission.FIND_PATIENTS, Permission.BOOK_APPOINTMENTS, Permission.WORK_TASKS} <= held.permissions
    assert Permission.CONSULT not in held.permissions
    assert held.role_name == "Admin/Clinical Support Access Role"
