"""The pages of imports: a list is sent, matched, reviewed, taken in, undone; nobody else sees of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pcnhub.care.organisations.models import Organisation
from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.care.patients.models import Patient
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.worker import Worker
from tests.cast import World, system_for, world
from tests.entrances.client import signed_in_as

pytestmark = pytest.mark.django_db

HEADER = "NHS number,Surname,Forename,DOB,Date of death\n"
LIST = (
    HEADER + "9476719915,McVey,Sophie,13/06/1952,\n"
    "9000000009,Smith-Jones,Jane,12/04/1980,\n"
    "9476719916,Wrong,Digit,13/06/1952,\n"
    "9476719958,Banton,Dolly,18/09/1955,10/07/2007\n"
)
ODD = "Pt,Fam,Forename,Born\n9476719915,McVey,Sophie,13/06/1952\n"


@pytest.fixture
def cast() -> World:
    return world()


def body(answer: Any) -> str:
    return str(answer.content.decode())


def send(client: Client, content: str, **more: object) -> Any:
    """The form of an upload; where it leads to is followed."""
    file = SimpleUploadedFile("export.csv", content.encode())
    return client.post(reverse("import-new"), {"file": file, "whole": "whole", **more}, follow=True)


def address(answer: Any) -> str:
    return str(answer.redirect_chain[-1][0])


def take_in(client: Client, review: Any) -> Any:
    changes = re.search(r'name="changes" value="([^"]+)"', body(review))
    assert changes
    return client.post(f"{address(review)}/take-in", {"changes": changes[1]}, follow=True)


def family_names(practice: Organisation) -> set[str]:
    with unit_of_work(system_for(practice)):
        return set(Patient.objects.filter(organisation=practice).values_list("family_name", flat=True))


def test_a_list_is_reviewed_then_taken_in_then_undone(cast: World) -> None:
    client = signed_in_as(cast.dilys)
    assert "Nothing has been imported yet" in body(client.get(reverse("imports")))
    review = send(client, LIST)
    assert "Nothing has changed yet" in body(review)
    assert "check digit" in body(review)  # what needs hands is looked at first
    assert family_names(cast.ash) == {"Smith"}
    changed = body(client.get(f"{address(review)}?show=changed"))
    assert re.search(r"<del>.*Smith</del>.*<ins>Smith-Jones</ins>", changed, re.DOTALL)
    assert "MCVEY, Sophie" in body(client.get(f"{address(review)}?show=new"))
    done = take_in(client, review)
    assert "1 new patient, 1 changed" in body(done)
    assert family_names(cast.ash) == {"Smith-Jones", "McVey"}
    rejected = client.get(f"{address(review)}/rejected-rows.csv")
    assert rejected["Content-Type"].startswith("text/csv")
    assert "9476719916" in body(rejected)
    undo = f"{address(review)}/undo"
    assert "will no longer be patients of" in body(client.get(undo))
    refused = client.post(undo, {"reason": ""})
    assert (refused.status_code, "Say why" in body(refused)) == (422, True)
    undone = client.post(undo, {"reason": "The wrong month"}, follow=True)
    assert "What this list did was taken back" in body(undone)
    assert "The wrong month" in body(undone)
    assert family_names(cast.ash) == {"Smith"}


def test_columns_are_matched_on_the_page_and_the_next_file_needs_it_no_more(cast: World) -> None:
    client = signed_in_as(cast.dilys)
    stopped = send(client, ODD)
    assert "Match the columns" in body(stopped)
    columns = f"{address(stopped)}/columns"
    shown = body(client.get(columns))
    assert "McVey" in shown  # the first rows stand beside the columns
    refused = client.post(columns, {"column-1": "family_name"})
    assert (refused.status_code, "Choose the column that holds" in body(refused)) == (422, True)
    chosen = {"column-0": "nhs_number", "column-1": "family_name", "column-2": "given_name", "column-3": "birth_date"}
    review = client.post(columns, {**chosen, "save-as": "Odd"}, follow=True)
    assert "Nothing has changed yet" in body(review)
    assert "Nothing has changed yet" in body(send(client, ODD))
    assert "Odd" in body(client.get(columns))


def test_a_value_of_sex_is_given_a_meaning_beside_the_columns(cast: World) -> None:
    client = signed_in_as(cast.dilys)
    review = send(client, "NHS number,Surname,Forename,DOB,Sex\n9476719915,McVey,Sophie,13/06/1952,Frau\n")
    assert "This value is not known" in body(review)
    columns = f"{address(review)}/columns"
    asked = re.search(r'<label class="nhsuk-label" for="(sex-[^"]+)">“Frau”', body(client.get(columns)))
    assert asked
    fields = ("nhs_number", "family_name", "given_name", "birth_date", "sex")
    chosen = {f"column-{place}": field for place, field in enumerate(fields)}
    again = client.post(columns, {**chosen, asked[1]: "female"}, follow=True)
    assert "This value is not known" not in body(again)


@pytest.mark.parametrize(
    ("content", "whole", "words"),
    [("", "whole", "empty"), ("\0\1", "whole", "not a text file"), (LIST, "", "Choose whether")],
)
def test_a_file_that_can_not_be_used_is_refused_with_reasons(cast: World, content: str, whole: str, words: str) -> None:
    answer = send(signed_in_as(cast.dilys), content, whole=whole)
    assert answer.status_code == 422
    assert words in body(answer)


def test_who_is_not_in_a_whole_list_is_ended_by_a_choice_of_its_own(cast: World) -> None:
    client = signed_in_as(cast.dilys)
    review = send(client, HEADER + "9476719915,McVey,Sophie,13/06/1952,\n")
    assert "End the registration of 1 patient not in the list" in body(review)
    page = f"{address(review)}/absent?ends=yes"
    assert "a filter in the export" in body(client.get(page))
    chosen = client.post(page, follow=True)
    assert "Leave registered who is not in the list" in body(chosen)
    assert "1 registration closed" in body(take_in(client, chosen))


def test_a_file_is_dropped(cast: World) -> None:
    client = signed_in_as(cast.dilys)
    review = send(client, LIST)
    assert "No patient was changed" in body(client.post(f"{address(review)}/drop", follow=True))
    assert "Dropped" in body(client.get(reverse("imports")))
    assert family_names(cast.ash) == {"Smith"}


def test_others_imports_are_not_found_and_reception_does_not_import(cast: World) -> None:
    review = send(signed_in_as(cast.dilys), LIST)
    for page in ("", "/columns", "/progress", "/undo", "/drop", "/duplicates", "/rejected-rows.csv"):
        assert signed_in_as(cast.charlie).get(address(review) + page).status_code == 404
        assert signed_in_as(cast.ada).get(address(review) + page).status_code == 403
    for act in ("/take-in", "/undo", "/drop", "/resume"):
        assert signed_in_as(cast.charlie).post(address(review) + act, {"reason": "x"}).status_code == 404
        assert signed_in_as(cast.ada).post(address(review) + act, {"reason": "x"}).status_code == 403
    assert family_names(cast.ash) == {"Smith"}


def test_a_hub_imports_for_practices_that_share_their_record_and_no_others(cast: World) -> None:
    client = signed_in_as(cast.carys)
    form = body(client.get(reverse("import-new")))
    assert "Birch Road Practice" in form
    assert "Outside Surgery" not in form
    waits = send(client, LIST, practice=str(cast.ash.pk))
    assert "progress" in body(waits)  # what a hub brings is done by the worker
    assert client.get(f"{address(waits)}/progress").json()["runs"]
    refused = send(client, LIST, practice=str(cast.outside.pk))
    assert refused.status_code == 422
    assert "export.csv" in body(signed_in_as(cast.dilys).get(reverse("imports")))  # the practice sees it


def test_a_hub_that_no_practice_shares_with_is_told_why_it_can_not(cast: World) -> None:
    from pcnhub.care.sharing.models import Party

    Party.objects.all().update(state="inactive")
    assert "No practice shares its care record" in body(signed_in_as(cast.carys).get(reverse("imports")))


def test_what_a_hubs_list_says_of_the_protected_is_kept_for_the_practice(cast: World) -> None:
    with unit_of_work(system_for(cast.ash)):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(dissents_from_sharing=True)
    header = HEADER.replace("Date of death", "Dissent")
    hub, practice = signed_in_as(cast.carys), signed_in_as(cast.dilys)
    review = send(hub, header + "9000000009,Smith,Jane,12/04/1980,N\n", practice=str(cast.ash.pk))
    Worker("test", lambda at, _: system_actor_for(organisation_id=at)).drain(now=timezone.now())
    assert "Kept out" not in body(hub.get(address(review)))
    assert hub.post(f"{address(review)}/as-own").status_code == 404
    kept = body(practice.get(address(review)))
    assert "Kept out" in kept
    assert "SMITH, Jane" in kept
    assert "Bring this list in" in body(practice.get(f"{address(review)}/as-own"))
    own = practice.post(f"{address(review)}/as-own", follow=True)
    assert "Objects to sharing" in body(practice.get(f"{address(own)}?show=changed"))


def test_who_may_not_see_the_protected_is_offered_no_list_that_takes_protection_away(cast: World) -> None:
    with unit_of_work(system_for(cast.ash)):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(is_sensitive=True)
    header = HEADER.replace("Date of death", "Sensitive")
    review = body(send(signed_in_as(cast.dilys), header + "9000000009,Smith,Jane,12/04/1980,N\n"))
    assert "1 person loses their protection" in review
    assert 'name="changes"' not in review
