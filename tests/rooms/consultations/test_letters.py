"""Documents of a consultation: the right organisation's head, nothing missing, nothing confidential, kept with the patient."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pcnhub.care.consultations import operations
from pcnhub.care.consultations.models import Deed
from pcnhub.care.consultations.models.attachments import Attachment
from pcnhub.care.consultations.operations import NotInUse, detach_document, import_template, load_concepts
from pcnhub.care.consultations.operations.definitions import put_into_use
from pcnhub.care.consultations.operations.letters import Letter, letter, typeset
from pcnhub.care.consultations.queries.deeds import deeds_of
from pcnhub.care.consultations.queries.definitions import DefinitionView
from pcnhub.care.consultations.queries.letters import Prepared, prepared
from pcnhub.care.consultations.queries.shipped import shipped
from pcnhub.care.consultations.rules import Heading, Notes, Section
from pcnhub.care.organisations.models import Site
from pcnhub.care.patients.models import Patient
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from tests.cast import NOW, World, world
from tests.evening import notes, outcomes, visitor, waiting

pytestmark = pytest.mark.django_db
SHIPPED = {each.name: each.source for each in shipped()}
TESTS = {"tests": "Full blood count", "how-soon": "Routine", "details": "Tired for weeks"}
REFERRAL = {"to": "The chest clinic", "request": "Your opinion"}


@pytest.fixture
def cast() -> World:
    made = world()
    outcomes(made)
    load_concepts(now=NOW)
    Site.objects.filter(pk=made.site.pk).update(phone="01632 960100")
    for practice, name in ((made.ash, "Ash Lane"), (made.birch, "Birch Road")):
        Site.objects.create(
            organisation=practice, name=name, address_lines=[f"1 {name}"], postcode="ZZ99 3VZ", phone="01632 960101"
        )
    return made


@pytest.fixture
def visiting(cast: World) -> Patient:
    return visitor(cast, cast.patient_of_ash, cast.ash, address_lines=["2 Hill Road"], postcode="ZZ99 3WZ")


@pytest.fixture
def begun(cast: World, visiting: Patient) -> int:
    begun = operations.start(actor=cast.bilal, now=NOW, booking_id=waiting(cast, visiting))
    write(cast, begun, notes())
    return begun


def write(cast: World, begun: int, what: Notes, revision: int = 0) -> None:
    operations.save_draft(actor=cast.bilal, now=NOW, consultation_id=begun, revision=revision, notes=what)


def in_use(cast: World, name: str = "test-request") -> DefinitionView:
    view = import_template(actor=cast.carys, now=NOW, source=SHIPPED[name])
    put_into_use(actor=cast.carys, now=NOW, definition_id=view.id)
    return view


def ready(cast: World, begun: int, view: DefinitionView, **answers: str) -> Prepared:
    return prepared(
        actor=cast.bilal, now=NOW, consultation_id=begun, template_id=view.id, answers=answers or TESTS
    )  # fmt: skip


def made(cast: World, begun: int, view: DefinitionView, **answers: str) -> Letter:
    return letter(actor=cast.bilal, now=NOW, consultation_id=begun, template_id=view.id, answers=answers or TESTS)


def refused(cast: World, begun: int, view: DefinitionView, **answers: str) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refusal:
        ready(cast, begun, view, **answers)
    assert all(problem.remedy for problem in refusal.value.problems)
    return {problem.field: problem.code for problem in refusal.value.problems}


def test_a_practice_headed_form_bears_the_head_of_the_patients_own_practice(cast: World, begun: int) -> None:
    view = in_use(cast)
    found = ready(cast, begun, view)
    assert (found.letterhead.name, found.letterhead.ods_code) == ("Ash Lane Surgery", "A81001")
    assert found.letterhead.address.words == "1 Ash Lane, ZZ99 3VZ"
    text = "\n".join(block.text for block in found.blocks)
    assert "Full blood count" in text
    assert "Results go to Ash Lane Surgery (A81001), 1 Ash Lane, ZZ99 3VZ" in text
    assert "Birch" not in text


def test_the_head_follows_the_patient_and_whoever_makes_it_is_told(cast: World, visiting: Patient, begun: int) -> None:
    """The head is read when the document is made: a patient who moved gets the new practice's, never the old one's."""
    view = in_use(cast)
    with unit_of_work(cast.bilal):
        Patient.objects.filter(pk=visiting.pk).update(registered_practice=cast.birch)
    found = ready(cast, begun, view)
    assert found.letterhead.name == "Birch Road Practice"
    assert "was registered at Ash Lane Surgery" in found.warnings[0]


@pytest.mark.parametrize(
    ("lacks", "code"),
    [("practice", "practice-unknown"), ("address", "address-missing"), ("phone", "phone-missing")],
)
def test_a_head_that_lacks_something_is_refused_by_name(
    cast: World, visiting: Patient, begun: int, lacks: str, code: str
) -> None:
    view = in_use(cast)
    if lacks == "practice":
        with unit_of_work(cast.bilal):
            Patient.objects.filter(pk=visiting.pk).update(registration_state="left", left_on=NOW.date())
    elif lacks == "address":
        Site.objects.filter(organisation=cast.ash).delete()
    else:
        Site.objects.filter(organisation=cast.ash).update(phone="")
    assert refused(cast, begun, view) == {"letterhead": code}


def test_of_several_addresses_one_is_chosen_and_never_another_organisations(cast: World, begun: int) -> None:
    view = in_use(cast)
    branch = Site.objects.create(
        organisation=cast.ash, name="Branch", address_lines=["9 Far End"], postcode="ZZ99 3VZ", phone="1"
    )
    assert refused(cast, begun, view) == {"letterhead-site": "address-open"}

    def chosen(site_id: int) -> Prepared:
        return prepared(
            actor=cast.bilal, now=NOW, consultation_id=begun, template_id=view.id, answers=TESTS, site_id=site_id
        )

    assert chosen(branch.pk).letterhead.address.words == "9 Far End, ZZ99 3VZ"
    with pytest.raises(InvalidInput, match="2 addresses"):
        chosen(Site.objects.get(organisation=cast.birch).pk)


def test_everything_missing_is_named_at_once(cast: World, begun: int) -> None:
    found = refused(cast, begun, in_use(cast, "referral-letter"), to="The chest clinic")
    assert found == {"request": "missing", "document": "data-missing"}  # nothing is written under Assessment


def test_nothing_confidential_is_put_into_a_document(cast: World, begun: int) -> None:
    view = in_use(cast, "referral-letter")
    sections = (
        Section(Heading.HISTORY, "Secret history", is_confidential=True),
        Section(Heading.ASSESSMENT, "Asthma"),
    )
    write(cast, begun, replace(notes(), sections=sections), revision=1)
    found = ready(cast, begun, view, **REFERRAL)
    text = "\n".join(block.text for block in found.blocks)
    assert "Asthma" in text
    assert "Secret" not in text
    assert any("confidential" in warning for warning in found.warnings)
    write(cast, begun, replace(notes(), sections=sections, is_confidential=True), revision=2)
    assert refused(cast, begun, view, **REFERRAL) == {"document": "confidential"}


def test_what_is_made_is_kept_with_the_patient_and_put_on_record(cast: World, begun: int) -> None:
    view = in_use(cast)
    once, again = made(cast, begun, view), made(cast, begun, view)
    assert once.pdf.startswith(b"%PDF-")
    assert (once.sha256, once.document_id) == (again.sha256, again.document_id)
    assert once.pdf == typeset(actor=cast.bilal, now=NOW, ready=ready(cast, begun, view))
    with unit_of_work(cast.bilal):
        deed = Deed.objects.first()
    assert deed is not None
    assert (deed.kind, deed.what, deed.reference) == ("document", "test-request", str(once.document_id))

    def counting() -> int:  # for a protocol that asks for it
        return len(deeds_of(actor=cast.bilal, consultation_ids=[begun])[begun])

    assert counting() == 2
    detach_document(
        actor=cast.bilal, now=NOW, consultation_id=begun, document_id=once.document_id, reason="Of another person"
    )
    assert counting() == 0
    made(cast, begun, view)
    assert counting() > 0


def test_two_requests_of_one_consultation_stand_side_by_side(cast: World, begun: int) -> None:
    view = in_use(cast)
    blood = made(cast, begun, view)
    film = made(cast, begun, view, **{**TESTS, "tests": "X-ray of the chest"})
    assert made(cast, begun, view).document_id == blood.document_id
    with unit_of_work(cast.bilal):
        filed = Attachment.objects.filter(consultation=begun, detached_at=None).values_list("document", flat=True)
        assert set(filed) == {blood.document_id, film.document_id}


def test_a_draft_template_makes_nothing_and_charlie_makes_nothing(cast: World, begun: int) -> None:
    draft = import_template(actor=cast.carys, now=NOW, source=SHIPPED["test-request"])
    with pytest.raises(NotInUse):
        made(cast, begun, draft)
    put_into_use(actor=cast.carys, now=NOW, definition_id=draft.id)
    asked: dict[str, Any] = {"now": NOW, "consultation_id": begun, "template_id": draft.id, "answers": TESTS}
    with pytest.raises(NotPermitted):
        letter(actor=cast.charlie, **asked)
    with pytest.raises(NotFound):
        prepared(actor=cast.charlie, **asked)
    with pytest.raises(NotPermitted):
        letter(actor=cast.ada, **asked)
