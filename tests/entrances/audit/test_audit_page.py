"""The organisation's audit in the browser."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from pcnhub.care.organisations.rules import Permission
from pcnhub.foundations.audit import queries
from pcnhub.foundations.audit.trail import Basis, Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from tests.cast import World, world
from tests.entrances.client import signed_in_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> World:
    made = world()
    note(made.bilal, "records.opened", made.ash.pk, Basis("Riverside care record", 7))
    note(made.ada, "tests.stirred", made.ash.pk, Basis(), days_ago=30)
    note(made.dilys, "tests.shaken", made.ash.pk, Basis())
    return made


def note(actor: Actor, action: str, data_organisation_id: int, basis: Basis, *, days_ago: int = 0) -> None:
    with unit_of_work(actor):
        record(
            actor=actor, now=timezone.now() - timedelta(days=days_ago), action=action, subject=Subject("thing", 4),
            data_organisation_id=data_organisation_id, basis=basis, reason="because",
        )  # fmt: skip


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_own_acts_and_what_others_did_with_own_data(cast: World) -> None:
    assert queries.PERMISSION == Permission.VIEW_AUDIT
    dilys = signed_in_as(cast.dilys)
    page = text_of(dilys.get(reverse("audit")))
    for words in ("Bilal Cast", "Riverside care record", "Records: opened", "Tests: shaken", "because"):
        assert words in page
    assert "Tests: stirred" not in page, "a week is shown"
    page = text_of(dilys.get(f"{reverse('audit')}?others=on"))
    assert "Records: opened" in page
    assert "Tests: shaken" not in page
    filtered = dilys.post(reverse("audit"), {"action": "tests", "who": "ada"})
    page = text_of(dilys.get(filtered.headers["Location"]))
    assert "Only what Ada Cast did" in page
    assert "Tests: stirred" in page
    assert "Tests: shaken" not in page
    assert "Audit: listed" in text_of(dilys.get(reverse("audit"))), "reading the audit is on record too"


def test_a_name_is_sent_as_a_form_and_stands_in_no_address(cast: World) -> None:
    dilys = signed_in_as(cast.dilys)
    filtered = dilys.post(reverse("audit"), {"who": "Bilal", "others": "on"})
    address = filtered.headers["Location"]
    assert "ilal" not in address
    assert f"by=account%3A{cast.bilal.account_id}" in address
    page = text_of(dilys.get(address))
    assert 'method="post"' in page.split("Filter the audit")[0].rsplit("<form", 1)[1]
    assert "Records: opened" in page
    nobody = dilys.post(reverse("audit"), {"who": "Zebedee"})
    assert nobody.status_code == 422
    assert "Nobody in this audit has such a name" in text_of(nobody)
    ignored = text_of(dilys.get(f"{reverse('audit')}?who=ada"))
    assert "Tests: shaken" in ignored, "an address does not filter by name"
    charlies = signed_in_as(cast.charlie).post(reverse("audit"), {"who": "Bilal"})
    assert charlies.status_code == 422, "who has no event here has no name here"


def test_a_date_that_is_none_is_said_beside_its_field(cast: World) -> None:
    response = signed_in_as(cast.dilys).get(f"{reverse('audit')}?day_from-day=41&day_from-month=1&day_from-year=2026")
    assert response.status_code == 422
    assert "must be a real date" in text_of(response)


def test_charlie_sees_his_own_alone_and_who_may_not_look_nothing(cast: World) -> None:
    page = text_of(signed_in_as(cast.charlie).get(reverse("audit")))
    assert "Bilal Cast" not in page
    assert "Tests: shaken" not in page
    assert signed_in_as(cast.bilal).get(reverse("audit")).status_code == 403


def test_the_hub_does_not_see_what_the_practice_did_with_its_own(cast: World) -> None:
    page = text_of(signed_in_as(cast.carys).get(reverse("audit")))
    assert "Records: opened" in page
    assert "Tests: shaken" not in page
