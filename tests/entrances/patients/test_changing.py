"""The pages that change a registration at the hub, as its administrators meet them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from pcnhub.care.patients.models import ContactOffer, Patient
from pcnhub.care.patients.operations import register_temporarily
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import NOW, World, system_for, world
from tests.entrances.client import signed_in_as

pytestmark = pytest.mark.django_db

OLD, NEW = "07700 900001", "07700 900002"


@pytest.fixture
def cast() -> World:
    return world()


@pytest.fixture
def held(cast: World) -> int:
    with unit_of_work(cast.ada):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(mobile_phone=OLD)
    return again(cast)


def again(cast: World) -> int:
    return register_temporarily(
        actor=cast.ada, now=NOW, hub_id=cast.hub.pk, practice_patient_id=cast.patient_of_ash.pk
    ).patient_id


def entry(cast: World, **more: Any) -> int:
    with unit_of_work(system_for(cast.hub)):
        return Patient.objects.create(
            organisation=cast.hub, given_name="Jane", family_name="Smyth", birth_date="1980-04-12",
            registration_type="temporary", registered_on=NOW.date(), trace_state="untraced", created_at=NOW,
            updated_at=NOW, **more,
        ).pk  # fmt: skip


def row(cast: World, patient_id: int) -> Patient:
    with unit_of_work(system_for(cast.hub)):
        return Patient.objects.get(pk=patient_id)


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def shown(client: Client, name: str, *args: int) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return text(answer)


def sent(client: Client, name: str, *args: int, **fields: Any) -> Any:
    return client.post(reverse(name, args=args), fields)


def test_an_end_and_a_new_beginning_are_asked_for_with_a_reason(cast: World, held: int) -> None:
    client = signed_in_as(cast.carys)
    assert "Registration here ends" in shown(client, "patient", held)
    assert "End the registration here" in shown(client, "registration-end", held)
    version = row(cast, held).version
    empty = sent(client, "registration-end", held, version=version, reason="")
    assert empty.status_code == 422
    assert "Write why, in a few words." in text(empty)
    done = sent(client, "registration-end", held, version=version, reason="Moved to Leeds")
    assert done.headers["Location"] == reverse("patient", args=[held])
    page = shown(client, "patient", held)
    assert "The registration here has ended." in page
    assert "Registration here ended on" in page
    assert reverse("registration-reactivate", args=[held]) in page
    assert reverse("registration-end", args=[held]) not in page
    late = sent(client, "registration-reactivate", held, version=version, reason="Back")
    assert late.status_code == 409
    assert "changed since you looked" in text(late)
    sent(client, "registration-reactivate", held, version=row(cast, held).version, reason="Back")
    assert row(cast, held).registration_state == "active"


def test_contact_details_are_changed_with_all_mistakes_named_and_show_whose_word_they_are(
    cast: World, held: int
) -> None:
    client = signed_in_as(cast.carys)
    assert f'{OLD}<br><span class="nhsuk-hint">From the practice&#39;s list' in shown(client, "patient", held)
    assert f'value="{OLD}"' in shown(client, "patient-contact", held)
    fields = {"version": row(cast, held).version, "home_phone": "", "work_phone": "", "address": "1 A Street\n\nBrigg"}
    wrong = sent(client, "patient-contact", held, **fields, mobile_phone="none", email="jane", postcode="nowhere")
    assert wrong.status_code == 422
    assert text(wrong).count('class="nhsuk-error-message"') == 3
    done = sent(client, "patient-contact", held, **fields, mobile_phone=NEW, email="", postcode="dn20 8af")
    assert done.status_code == 302
    page = shown(client, "patient", held)
    assert f'{NEW}<br><span class="nhsuk-hint">Said to the hub' in page
    assert "1 A Street, Brigg, DN20 8AF" in page
    kept = row(cast, held)
    assert (kept.address_lines, kept.postcode) == (["1 A Street", "Brigg"], "DN20 8AF")


@pytest.mark.parametrize(("answer", "mobile"), [("keep", NEW), ("take", OLD)])
def test_two_values_are_shown_and_a_person_decides(cast: World, held: int, answer: str, mobile: str) -> None:
    with unit_of_work(system_for(cast.hub)):
        sources = {"mobile_phone": {"source": "hub", "at": NOW.isoformat()}}
        Patient.objects.filter(pk=held).update(mobile_phone=NEW, contact_sources=sources)
    again(cast)
    client = signed_in_as(cast.carys)
    page = shown(client, "patient", held)
    assert "Which is right?" in page
    assert f"Keep {NEW}" in page
    assert f"Use {OLD}" in page
    with unit_of_work(system_for(cast.hub)):
        question = ContactOffer.objects.get().pk
    assert "can decide" in shown(signed_in_as(cast.bilal), "patient", held)
    assert sent(signed_in_as(cast.bilal), "contact-offer", question, answer=answer).status_code == 403
    assert sent(client, "contact-offer", question, answer=answer).url == reverse("patient", args=[held])
    assert row(cast, held).mobile_phone == mobile
    assert "Which is right?" not in shown(client, "patient", held)


def test_two_entries_are_compared_merged_and_taken_apart_again(cast: World, held: int) -> None:
    client = signed_in_as(cast.carys)
    other = entry(cast, mobile_phone="07700 900555")
    confirm = reverse("patient-merge-confirm", args=[held, other])
    found = sent(client, "patient-merge", held, text="Smyth")
    assert confirm in text(found)
    compared = shown(client, "patient-merge-confirm", held, other)
    assert "SMYTH, Jane" in compared
    assert "Differs" in compared
    assert reverse("patient-merge-confirm", args=[other, held]) in compared
    careless = sent(client, "patient-merge-confirm", held, other, reason="Same")
    assert careless.status_code == 422
    assert "Compare the two first" in text(careless)
    wrong_way = sent(client, "patient-merge-confirm", other, held, reason="Same", is_compared="on")
    assert wrong_way.status_code == 422
    assert "Keep the one with the NHS number." in text(wrong_way)
    done = sent(client, "patient-merge-confirm", held, other, reason="She said so", is_compared="on")
    assert done.headers["Location"] == reverse("patient", args=[held])
    assert client.get(reverse("patient", args=[other])).headers["Location"] == reverse("patient", args=[held])
    page = shown(client, "patient", held)
    assert "SMYTH, Jane, merged on" in page
    assert reverse("patient-unmerge", args=[held, other]) in page
    assert "She said so" in shown(client, "patient-unmerge", held, other)
    apart = sent(client, "patient-unmerge", held, other, reason="Sisters")
    assert apart.url == reverse("patient", args=[other])
    assert "apart again" in shown(client, "patient", other)
    assert client.get(reverse("patient-unmerge", args=[held, other])).status_code == 404


def test_two_numbers_ask_for_the_one_that_was_replaced(cast: World, held: int) -> None:
    client = signed_in_as(cast.carys)
    other = entry(cast, nhs_number="9000000033")
    assert "superseded_number" in shown(client, "patient-merge-confirm", held, other)
    unsure = sent(client, "patient-merge-confirm", held, other, reason="Same", is_compared="on")
    assert unsure.status_code == 422
    assert "The two have different NHS numbers" in text(unsure)
    sure = {"reason": "The trace says so", "is_compared": "on", "superseded_number": "900 000 0033"}
    assert sent(client, "patient-merge-confirm", held, other, **sure).status_code == 302
    assert "900 000 0033 (replaced; it still finds the patient)" in shown(client, "patient", held)


def test_who_died_is_shown_and_offered_no_appointment(cast: World, held: int) -> None:
    with unit_of_work(system_for(cast.hub)):
        Patient.objects.filter(pk=held).update(registration_state="deceased", died_on=NOW.date())
    page = shown(signed_in_as(cast.carys), "patient", held)
    assert "Recorded as deceased" in page
    assert reverse("book-patient", args=[held]) not in page
    assert reverse("registration-reactivate", args=[held]) not in page


def test_a_practice_changes_its_patients_in_its_own_system(cast: World) -> None:
    client = signed_in_as(cast.dilys)
    page = shown(client, "patient", cast.patient_of_ash.pk)
    assert "Change contact details" not in page
    fields = {"version": 1, "mobile_phone": NEW, "reason": "x"}
    for name in ("registration-end", "registration-reactivate", "patient-contact"):
        refused = sent(client, name, cast.patient_of_ash.pk, **fields)
        assert (name, refused.status_code) == (name, 403)
        assert "import the list again" in text(refused)


def test_charlie_and_whoever_lacks_the_activity_are_turned_away(cast: World, held: int) -> None:
    other = entry(cast)
    for name, args in {
        "registration-end": [held], "registration-reactivate": [held], "patient-contact": [held],
        "patient-merge": [held], "patient-merge-confirm": [held, other], "patient-unmerge": [held, other],
    }.items():  # fmt: skip
        assert signed_in_as(cast.bilal).get(reverse(name, args=args)).status_code == 403
        assert signed_in_as(cast.charlie).get(reverse(name, args=args)).status_code == 404
