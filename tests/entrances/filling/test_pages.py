"""Templates and documents of a consultation in the browser, without JavaScript."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from pcnhub.care.consultations import operations, queries
from pcnhub.care.consultations.operations import import_template, load_concepts
from pcnhub.care.consultations.operations.definitions import put_into_use
from pcnhub.care.consultations.queries.shipped import shipped
from pcnhub.care.organisations.models import Site
from tests.cast import NOW, World, world
from tests.entrances.client import signed_in_as
from tests.evening import notes, outcomes, visitor, waiting

pytestmark = pytest.mark.django_db
SHIPPED = {each.name: each.source for each in shipped()}
TESTS = {"answer-tests": "Full blood count", "answer-how-soon": "Routine", "answer-details": "<b>Tired</b>"}


@pytest.fixture
def cast() -> World:
    made = world()
    outcomes(made)
    load_concepts(now=NOW)
    Site.objects.create(
        organisation=made.ash, name="Ash", address_lines=["1 Ash Lane"], postcode="ZZ99 3VZ", phone="01632 960101"
    )
    Site.objects.filter(pk=made.site.pk).update(phone="01632 960100")
    return made


@pytest.fixture
def begun(cast: World) -> int:
    now = timezone.now()
    visiting = visitor(cast, cast.patient_of_ash, cast.ash, address_lines=["2 Hill Road"], postcode="ZZ99 3WZ")
    begun = operations.start(actor=cast.bilal, now=now, booking_id=waiting(cast, visiting, at=now))
    operations.save_draft(actor=cast.bilal, now=now, consultation_id=begun, revision=0, notes=notes())
    return begun


@pytest.fixture
def client(cast: World) -> Client:
    return signed_in_as(cast.bilal)


def in_use(cast: World, name: str) -> int:
    view = import_template(actor=cast.carys, now=NOW, source=SHIPPED[name])
    put_into_use(actor=cast.carys, now=NOW, definition_id=view.id)
    return view.id


def test_without_a_template_the_page_says_who_can_take_one_in(client: Client, begun: int) -> None:
    assert "A manager of the hub can take one in" in client.get(f"/consultations/{begun}/templates").content.decode()
    assert "A manager of the hub can take one in" in client.get(f"/consultations/{begun}/letters").content.decode()


def test_answers_are_added_beneath_what_was_written(cast: World, client: Client, begun: int) -> None:
    here = f"/consultations/{begun}/templates/{in_use(cast, 'observations')}"
    assert "Temperature (°C)" in client.get(here).content.decode()
    wrong = client.post(here, {"revision": 1, "answer-temperature": "384", "answer-looks": "Well"})
    assert wrong.status_code == 422
    assert 'href="#answer-temperature"' in wrong.content.decode()
    assert 'value="384"' in wrong.content.decode()
    right = {"revision": 1, "answer-temperature": "38.4", "answer-looks": "Well"}
    client.post(here, right)
    draft = queries.consultation(actor=cast.bilal, now=timezone.now(), consultation_id=begun).draft
    assert draft.text_under("History") == "Cough for three days."
    assert draft.text_under("Examination") == "Temperature: 38.4 °C\nHow the person looks: Well"
    assert (draft.entries[-1].code, draft.entries[-1].measured) == ("386725007", "38.4 °C")
    assert client.post(here, right).status_code == 302  # the same form sent again, when its answer was lost
    view = queries.consultation(actor=cast.bilal, now=timezone.now(), consultation_id=begun)
    assert (view.draft, view.revision) == (draft, 2)
    other = client.post(here, {**right, "answer-looks": "Unwell\0"})
    assert other.status_code == 422
    assert "can’t be printed" in other.content.decode()
    other = client.post(here, {**right, "answer-temperature": "39"})
    assert other.status_code == 409
    assert "were not added" in other.content.decode()


def test_a_document_is_previewed_then_made_then_opened(cast: World, client: Client, begun: int) -> None:
    here = f"/consultations/{begun}/letters/{in_use(cast, 'test-request')}"
    assert client.post(here, {"action": "preview"}).status_code == 422
    preview = client.post(here, {**TESTS, "action": "preview"}).content.decode()
    assert "Ash Lane Surgery" in preview
    assert "&lt;b&gt;Tired&lt;/b&gt;" in preview
    assert client.post(here, {**TESTS, "action": "pdf"}).content.startswith(b"%PDF-")
    assert "None yet." in client.get(f"/consultations/{begun}/letters").content.decode()
    made = client.post(here, {**TESTS, "action": "make"}, follow=True).content.decode()
    assert "Request for a test is made" in made
    link = made.split("/letters/made/")[1].split('"')[0]
    opened = client.get(f"/consultations/{begun}/letters/made/{link}")
    assert opened.content.startswith(b"%PDF-")
    assert opened["Content-Type"] == "application/pdf"
    assert "Smith" not in opened["Content-Disposition"]


def test_charlie_and_reception_are_kept_out(cast: World, client: Client, begun: int) -> None:
    template = in_use(cast, "test-request")
    client.post(f"/consultations/{begun}/letters/{template}", {**TESTS, "action": "make"})
    for actor, status in ((cast.charlie, 404), (cast.ada, 403), (cast.carys, 403)):
        other = signed_in_as(actor)
        for address in ("templates", "letters", f"letters/{template}", "letters/made/1"):
            assert other.get(f"/consultations/{begun}/{address}").status_code == status
        assert (
            other.post(f"/consultations/{begun}/letters/{template}", {**TESTS, "action": "make"}).status_code == status
        )
