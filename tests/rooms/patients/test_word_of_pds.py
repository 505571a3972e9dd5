"""A protection that the national service said stands until it takes it back: no practice's list, booking or old number does."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import date
from importlib import import_module

import pytest
from django.db import DatabaseError, connections

from pcnhub.care.organisations.models import Organisation
from pcnhub.care.organisations.rules import OrganisationKind
from pcnhub.care.patients.models import Patient, Protection
from pcnhub.care.patients.operations import NotRegistrable, import_demographics, register_temporarily
from pcnhub.care.patients.operations.renumbering import renumber
from pcnhub.care.patients.operations.traced_rows import TracedPerson
from pcnhub.care.patients.operations.tracing import link, retrace
from pcnhub.care.patients.queries import open_patient
from pcnhub.care.patients.rules import NumberEnd, TraceSource
from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.identifiers import NhsNumber
from pcnhub.foundations.kernel.refusals import NotFound
from tests.cast import LONG_AGO, NOW, World, system_for, world
from tests.evening import visitor
from tests.proof.test_fixed_columns import rewrite
from tests.rooms.appointments.book import session, slots
from tests.rooms.appointments.test_unregistered import booked_by, person
from tests.rooms.patients.test_heeding import at_hub, bring_in, drain, importer_of_birch, leave_ash

pytestmark = pytest.mark.django_db
JANES, NEWER = "9000000009", "9000000033"


@pytest.fixture
def w() -> World:
    return world()


@pytest.fixture
def held(w: World) -> Patient:
    """Ash Lane's Jane at the hub. Her practice has heard of no protection; the national service restricts her record."""
    row = visitor(w, w.patient_of_ash, w.ash)
    traced(w, row, is_restricted=True)
    return row


def traced(w: World, held: Patient, *, is_restricted: bool, source: TraceSource = TraceSource.PDS) -> None:
    said = TracedPerson(
        NhsNumber(held.number), "Jane", "Smith", held.birth_date, practice_ods="" if is_restricted else "A81001",
        source=source, is_restricted=is_restricted,
    )  # fmt: skip
    retrace(actor=system_for(w.hub), now=NOW, patient_id=held.pk, person=said)


def flags(w: World, held: Patient) -> tuple[bool, bool]:
    now = at_hub(w, held.pk)
    return now.is_sensitive, now.pds_restricts


def book(w: World) -> None:
    register_temporarily(actor=w.ada, now=NOW, hub_id=w.hub.pk, practice_patient_id=w.patient_of_ash.pk)


def test_neither_a_practices_list_nor_its_booking_takes_it_away(w: World, held: Patient) -> None:
    bring_in(w.dilys, Sensitive="N")
    drain()
    assert flags(w, held) == (True, True)
    with pytest.raises(NotRegistrable) as refused:
        book(w)
    assert "protected" not in refused.value.sentence()
    traced(w, held, is_restricted=False, source=TraceSource.LOCAL)  # what is known here is no better than a practice
    assert flags(w, held) == (True, True)
    for what in (
        "is_sensitive = false",
        "is_sensitive = false, pds_restricts = false",
    ):  # nor does a fault of the program
        with pytest.raises(DatabaseError):
            rewrite(w, held, what)


def test_who_said_it_takes_it_back_and_then_the_practices_word_holds(w: World, held: Patient) -> None:
    traced(w, held, is_restricted=False)
    assert flags(w, held) == (False, False)  # and not with the next list only
    book(w)
    bring_in(w.dilys, Sensitive="Y")
    assert flags(w, held) == (True, False)


# How a practice may protect her when the service no longer does


def by_its_list(w: World) -> None:
    bring_in(w.dilys, Sensitive="Y")


def by_its_row_of_who_left(w: World) -> None:
    """Of whom it gives no word any more."""
    with unit_of_work(system_for(w.ash)):
        Patient.objects.filter(pk=w.patient_of_ash.pk).update(is_sensitive=True)
    leave_ash(w)


def by_another_practices_list(w: World) -> None:
    """With another date of birth, so that the hub itself can't read it."""
    bring_in(importer_of_birch(w), born="1991-01-01", Sensitive="Y")


def by_her_former_number(w: World) -> None:
    by_another_practices_list(w)
    renumbered(w, NEWER, NumberEnd.SUPERSEDED)


def by_the_number_of_an_entry_that_was_merged_into_hers(w: World) -> None:
    with unit_of_work(system_for(w.hub)):
        hers = Patient.objects.get(organisation=w.hub, nhs_number=JANES)
        Patient.objects.create(
            organisation=w.hub, merged_into=hers, stated_nhs_number=NEWER, trace_state="untraced", given_name="J",
            family_name="S", birth_date=hers.birth_date, registration_type="temporary", registered_on=LONG_AGO, created_at=NOW,
            updated_at=NOW,
        )  # fmt: skip
    other = {"NHS number": NEWER, "Surname": "S", "Forename": "J", "DOB": "1970-01-02", "Sensitive": "Y"}
    import_demographics(actor=w.dilys, now=NOW, file=[other])


def nobody_can_ask(w: World) -> None:
    """Her practice says nothing of her now: its agreement with the hub is paused."""
    Party.objects.filter(agreement__kind=AgreementKind.APPOINTMENTS, organisation=w.ash).update(state="inactive")


def renumbered(w: World, number: str, ended: NumberEnd) -> None:
    with unit_of_work(system_for(w.hub)):
        hers = Patient.objects.get(organisation=w.hub, nhs_number=JANES)
    renumber(actor=system_for(w.hub), now=NOW, patient_id=hers.pk, nhs_number=NhsNumber(number), ended=ended)


WAYS = (
    by_its_list, by_its_row_of_who_left, by_another_practices_list, by_her_former_number,
    by_the_number_of_an_entry_that_was_merged_into_hers, nobody_can_ask,
)  # fmt: skip


@pytest.mark.parametrize("protect", WAYS)
def test_whom_a_practice_protects_stays_protected_and_nobody_learns_of_it(
    w: World, held: Patient, protect: Callable[[World], None]
) -> None:
    protect(w)
    traced(w, at_hub(w, held.pk), is_restricted=False)
    assert flags(w, held) == (True, False)
    for actor in (w.carys, w.bilal, w.charlie):
        with pytest.raises(NotFound) as of_her:
            open_patient(actor=actor, now=NOW, patient_id=held.pk)
        with pytest.raises(NotFound) as of_nobody:
            open_patient(actor=actor, now=NOW, patient_id=held.pk + 1000)
        assert of_her.value.sentence() == of_nobody.value.sentence()


def test_only_who_may_see_her_has_the_service_take_it_back(w: World, held: Patient) -> None:
    said = TracedPerson(NhsNumber(JANES), "Jane", "Smith", held.birth_date, source=TraceSource.PDS)
    for actor in (w.carys, w.charlie):
        answers = []
        for patient_id in (held.pk, held.pk + 1000):
            with pytest.raises(NotFound) as refused:
                retrace(actor=actor, now=NOW, patient_id=patient_id, person=said)
            answers.append(refused.value.sentence())
        assert answers[0] == answers[1]
    assert flags(w, held) == (True, True)


def test_what_is_put_on_record_is_what_became_of_her(w: World, held: Patient) -> None:
    said = TracedPerson(
        NhsNumber(JANES), "Jane", "Smith", held.birth_date, practice_ods="A81001", source=TraceSource.PDS
    )
    by_its_list(w)
    assert retrace(actor=system_for(w.hub), now=NOW, patient_id=held.pk, person=said) == ("pds_restricts",)
    assert at_hub(w, held.pk).registered_patient_id == w.patient_of_ash.pk


def test_where_no_practice_here_could_say_so_the_service_alone_takes_it_away(w: World) -> None:
    elsewhere = visitor(w, w.patient_of_ash, w.ash)
    with unit_of_work(system_for(w.hub)):
        Patient.objects.filter(pk=elsewhere.pk).update(
            registered_practice=None, registered_patient=None, traced_practice_ods="Z99999"
        )
    for is_restricted in (True, False):
        traced(w, elsewhere, is_restricted=is_restricted)
        assert flags(w, elsewhere) == (is_restricted, is_restricted)


def test_nor_is_she_held_a_second_time_under_the_number_that_her_practice_still_has(w: World, held: Patient) -> None:
    newer = NhsNumber(NEWER)
    renumber(actor=system_for(w.hub), now=NOW, patient_id=held.pk, nhs_number=newer, ended=NumberEnd.SUPERSEDED)
    with unit_of_work(system_for(w.hub)):  # nothing leads from one to the other any more
        Patient.objects.filter(pk=held.pk).update(registered_patient=None)
    with pytest.raises(NotRegistrable):
        book(w)
    with unit_of_work(system_for(w.hub)):
        assert not Patient.objects.filter(organisation=w.hub, is_sensitive=False).exists()


def test_nor_does_another_source_name_her_anew_once_her_number_was_taken_away(w: World, held: Patient) -> None:
    renumber(actor=system_for(w.hub), now=NOW, patient_id=held.pk, nhs_number=None, ended=NumberEnd.INVALIDATED)
    for source, is_protected in ((TraceSource.PRACTICE, True), (TraceSource.PDS, False)):
        said = TracedPerson(NhsNumber(NEWER), "Jane", "Smith", held.birth_date, practice_ods="A81001", source=source)
        with pytest.raises(NotRegistrable) if is_protected else nullcontext():
            link(actor=system_for(w.hub), now=NOW, patient_id=held.pk, person=said)
        assert flags(w, held) == (is_protected, is_protected)


def test_what_it_said_of_her_is_not_read_by_who_wrote_her_down_once_her_number_was_taken_away(w: World) -> None:
    _, given = booked_by(w, w.carys, slots(session(w))[0].id, person=person())
    said = TracedPerson(
        NhsNumber(JANES),
        "Jane",
        "Smith",
        w.patient_of_ash.birth_date,
        home_phone="01652 900555",
        source=TraceSource.PDS,
    )
    link(actor=system_for(w.hub), now=NOW, patient_id=given, person=said)
    traced(w, at_hub(w, given), is_restricted=True)
    renumber(actor=system_for(w.hub), now=NOW, patient_id=given, nhs_number=None, ended=NumberEnd.INVALIDATED)
    held = at_hub(w, given)
    assert (held.nhs_number, held.is_sensitive, held.home_phone) == (None, True, "01652 900555")
    with pytest.raises(NotFound):
        open_patient(actor=w.carys, now=NOW, patient_id=given)


def test_whom_a_list_protects_after_they_were_written_down_somebody_hears_of_and_their_writer_does_not(
    w: World,
) -> None:
    """With the right date of birth as well, by which the practice's word finds them."""
    said = {"given_name": "Jane", "family_name": "Smith", "birth_date": w.patient_of_ash.birth_date}
    _, given = booked_by(w, w.efe, slots(session(w))[0].id, person=person(nhs_number=JANES, **said))
    bring_in(w.dilys, Sensitive="Y")
    drain()
    assert at_hub(w, given).is_sensitive
    with unit_of_work(system_for(w.hub)):
        acts = AuditEvent.objects.filter(organisation_id=w.hub.pk, subject_id=given)
        told = list(acts.values_list("action", "patient_id"))
    assert ("patients.protected-number-given", None) in told
    assert not [action for action, patient_id in told if patient_id and "protect" in action]


# As the owner of the tables


def owned(**more: object) -> Patient:
    values = {"given_name": "A", "family_name": "B", "birth_date": date(1980, 4, 12), "registration_type": "temporary"}
    times = {"registered_on": LONG_AGO, "created_at": NOW, "updated_at": NOW}
    return Patient.objects.using("owner").create(**{**values, **times, **more})


@pytest.fixture
def hub() -> Organisation:
    with connections["owner"].cursor() as cursor:
        made = Organisation.objects.using("owner").create(ods_code="M00002", name="Hub", kind=OrganisationKind.HUB)
        for name, value in (("organisation", made.pk), ("user", "test"), ("purpose", "direct-care")):
            cursor.execute("select set_config(%s, %s, true)", [f"pcnhub.{name}", str(value)])
    return made


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize("is_guarded", [True, False])
def test_it_is_the_guard_of_the_table_that_closes_an_entry(hub: Organisation, is_guarded: bool) -> None:
    """Its control: without the trigger, the same statement leaves an open entry under a protected person's number."""
    owned(organisation=hub, nhs_number=JANES, registered_practice=hub, is_sensitive=True)
    if not is_guarded:
        with connections["owner"].cursor() as cursor:
            cursor.execute("set constraints all immediate")
            cursor.execute("drop trigger patients_keep_protected on patients_patient")
    entry = owned(organisation=hub, stated_nhs_number=JANES, trace_state="untraced")
    entry.refresh_from_db()
    assert entry.is_sensitive is is_guarded


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize("is_guarded", [True, False])
def test_it_is_the_guard_of_the_table_that_keeps_a_practices_word(hub: Organisation, is_guarded: bool) -> None:
    """Its control: without the trigger, the same statement opens whom nobody has been asked about."""
    entry = owned(organisation=hub, nhs_number=JANES, registered_practice=hub, is_sensitive=True, pds_restricts=True)
    if not is_guarded:
        with connections["owner"].cursor() as cursor:
            cursor.execute("set constraints all immediate")
            cursor.execute("drop trigger patients_word_of_practices_stands on patients_patient")
    Patient.objects.using("owner").filter(pk=entry.pk).update(is_sensitive=False, pds_restricts=False)
    entry.refresh_from_db()
    assert (entry.is_sensitive, entry.pds_restricts) == (is_guarded, False)


@pytest.mark.django_db(databases=["default", "owner"])
def test_what_was_held_already_keeps_what_no_practices_word_explains(hub: Organisation) -> None:
    migration = import_module("pcnhub.care.patients.migrations.0016_word_of_pds")
    more = {"organisation": hub, "registered_practice": hub, "is_sensitive": True}
    asked = owned(nhs_number=JANES, trace_state="traced", **more)
    explained, local = owned(nhs_number=NEWER, trace_state="traced", **more), owned(nhs_number="9000000017", **more)
    Protection.objects.using("owner").create(
        organisation=hub, patient=explained, nhs_number=NEWER, birth_date=explained.birth_date, registered_on=LONG_AGO,
        is_sensitive=True, dissents_from_sharing=False,
    )  # fmt: skip
    with connections["owner"].cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute(migration.ALREADY)
    rows = [asked, explained, local]
    for row in rows:
        row.refresh_from_db()
    assert [row.pds_restricts for row in rows] == [True, False, False]
