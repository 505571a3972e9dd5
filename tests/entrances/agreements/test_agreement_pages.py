"""Agreements through the pages: the matrix, activating one's own side, and what an outsider gets."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from pcnhub.care.sharing.models import Agreement, Party
from pcnhub.care.sharing.rules import AgreementKind
from tests.cast import World, world
from tests.entrances.client import signed_in_as

pytestmark = pytest.mark.django_db
CARE, WRITE = AgreementKind.CARE_RECORD, AgreementKind.WRITE_BACK


@pytest.fixture
def cast() -> World:
    return world(active=False)


def path(cast: World, kind: AgreementKind, then: str = "") -> str:
    return f"/agreements/{cast.agreements[kind].pk}{then}"


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def state(cast: World, kind: AgreementKind, organisation: str) -> str:
    return Party.objects.get(agreement=cast.agreements[kind], organisation=getattr(cast, organisation)).state


def test_the_hub_sees_every_practice_and_who_must_act(cast: World) -> None:
    page = text(signed_in_as(cast.carys), "/agreements")
    assert "Ash Lane Surgery (A81001)" in page
    assert "Birch Road Practice (B82002)" in page
    assert "2 of 14 are as they should be" in page
    assert "Riverside Enhanced Access Hub and Ash Lane Surgery" in page


def test_the_matrix_states_its_queries(cast: World, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    carys = signed_in_as(cast.carys)
    with django_assert_max_num_queries(22):  # however many practices and agreements there are
        carys.get("/agreements")


def test_a_practice_sees_its_own_row_only(cast: World) -> None:
    page = text(signed_in_as(cast.dilys), "/agreements")
    assert "Ash Lane Surgery (A81001)" in page
    assert "Birch Road" not in page
    assert "Birch Road" not in text(signed_in_as(cast.dilys), path(cast, CARE))


def test_an_outsider_sees_no_agreement(cast: World) -> None:
    charlie = signed_in_as(cast.charlie)
    assert "belongs to no network today" in text(charlie, "/agreements")
    for then in ("", "/activate", "/deactivate", "/settings", "/edit"):
        assert charlie.get(path(cast, CARE, then)).status_code == 404
    assert charlie.post(path(cast, CARE, f"/join/{cast.outside.pk}")).status_code == 403


def test_somebody_without_the_activity_sees_the_state_and_no_button(cast: World) -> None:
    ada = signed_in_as(cast.ada)
    page = text(ada, path(cast, CARE))
    assert "Activate your side" not in page
    assert ada.get(path(cast, CARE, "/activate")).status_code == 403


def test_each_side_activates_for_itself(cast: World) -> None:
    for actor in (cast.dilys, cast.carys):
        client = signed_in_as(actor)
        assert "Activate your side" in text(client, path(cast, CARE))
        answer = client.post(path(cast, CARE, "/activate"), {"terms_version": "1", "accepts": "on"})
        assert answer.status_code == 302, answer.content.decode()
        assert "is activated for" in text(client, path(cast, CARE))
    assert (state(cast, CARE, "ash"), state(cast, CARE, "hub")) == ("active", "active")
    assert "Dilys Cast" in text(signed_in_as(cast.carys), path(cast, CARE))  # in the history


def test_terms_must_be_accepted_in_the_version_that_was_shown(cast: World) -> None:
    dilys = signed_in_as(cast.dilys)
    page = dilys.post(path(cast, CARE, "/activate"), {"terms_version": "1"}).content.decode()
    assert "Error: " in page
    assert "Accept the terms to activate." in page
    Agreement.objects.update(terms_version="2")
    answer = dilys.post(path(cast, CARE, "/activate"), {"terms_version": "1", "accepts": "on"})
    assert answer.status_code == 422
    assert "are version 2" in answer.content.decode()
    assert 'value="2"' in answer.content.decode()
    assert state(cast, CARE, "ash") == "created"


def test_write_back_asks_for_formulary_and_prescriber_all_problems_at_once(cast: World) -> None:
    dilys = signed_in_as(cast.dilys)
    page = text(dilys, path(cast, WRITE, "/activate"))
    assert "Farah Cast, G1234567" in page
    assert "Bilal Cast" not in page
    given = {"terms_version": "1", "accepts": "on"}
    refused = dilys.post(path(cast, WRITE, "/activate"), given)
    assert refused.status_code == 422
    assert "No formulary is chosen" in refused.content.decode()
    assert "No prescribing user is chosen" in refused.content.decode()
    given |= {"formulary": "Local", "prescribing_position_id": str(cast.farah.position_id)}
    assert dilys.post(path(cast, WRITE, "/activate"), given).status_code == 302
    assert "Local" in text(dilys, path(cast, WRITE))
    changed = {"formulary": "Newer", "prescribing_position_id": str(cast.farah.position_id)}
    assert dilys.post(path(cast, WRITE, "/settings"), changed).status_code == 302
    assert "Newer" in text(dilys, path(cast, WRITE))


def test_deactivating_asks_why_and_says_so_in_the_history(cast: World) -> None:
    Party.objects.update(state="active", terms_accepted="1")
    dilys = signed_in_as(cast.dilys)
    assert dilys.post(path(cast, CARE, "/deactivate"), {"reason": ""}).status_code == 422
    assert dilys.post(path(cast, CARE, "/deactivate"), {"reason": "Merger"}).status_code == 302
    assert state(cast, CARE, "ash") == "inactive"
    assert "Merger" in text(signed_in_as(cast.carys), path(cast, CARE))


def test_the_hub_changes_terms_and_job_categories(cast: World) -> None:
    carys = signed_in_as(cast.carys)
    given = {
        "name": "Care record", "terms_version": "2", "allowed_job_categories": "Nurse\nGeneral Medical Practitioner\n",
        "starts_on-day": "1", "starts_on-month": "1", "starts_on-year": "2024",
    }  # fmt: skip
    assert carys.post(path(cast, CARE, "/edit"), given).status_code == 302
    row = Agreement.objects.get(kind=CARE)
    assert (row.terms_version, row.allowed_job_categories) == ("2", ["Nurse", "General Medical Practitioner"])
    assert signed_in_as(cast.dilys).post(path(cast, CARE, "/edit"), given).status_code == 403


def test_the_hub_makes_a_missing_agreement_and_adds_its_practices(cast: World) -> None:
    Agreement.objects.filter(kind=CARE).update(hub=cast.outside)
    carys = signed_in_as(cast.carys)
    assert "/agreements/new/care-record" in text(carys, "/agreements")
    given = {
        "name": "Riverside care record", "terms_version": "1", "allowed_job_categories": "",
        "starts_on-day": "1", "starts_on-month": "1", "starts_on-year": "2024",
    }  # fmt: skip
    made = carys.post("/agreements/new/care-record", given)
    assert made.status_code == 302, made.content.decode()
    assert "Add Ash Lane Surgery" in text(carys, made["location"])
    carys.post(f"{made['location']}/join/{cast.ash.pk}")
    assert Party.objects.filter(agreement__name="Riverside care record").count() == 2
    assert "Add Ash Lane Surgery" not in text(carys, made["location"])
    assert carys.get("/agreements/new/nothing").status_code == 404


def test_a_practice_that_was_added_by_mistake_is_withdrawn_the_same_day(cast: World) -> None:
    carys = signed_in_as(cast.carys)
    for step in ("join", "leave", "join"):
        answer = carys.post(path(cast, CARE, f"/{step}/{cast.outside.pk}"))
        assert answer.status_code == 302, answer.content.decode()
    assert Party.objects.filter(agreement=cast.agreements[CARE], organisation=cast.outside).count() == 2
    assert Party.objects.filter(organisation=cast.outside, left_on__isnull=True).count() == 1


def test_a_practice_says_on_its_page_whether_its_patients_are_asked(cast: World) -> None:
    dilys, page = signed_in_as(cast.dilys), path(cast, CARE, "/permission-to-view")
    assert page in text(dilys, path(cast, CARE))
    assert dilys.post(page, {}).status_code == 422
    assert dilys.post(page, {"asks": "yes"}).status_code == 302
    assert "Yes, on each day" in text(dilys, path(cast, CARE))
    assert signed_in_as(cast.charlie).post(page, {"asks": "no"}).status_code == 404
    assert "Yes, on each day" in text(dilys, path(cast, CARE))
