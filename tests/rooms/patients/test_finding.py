"""Finding and opening: one's own patients only, protected ones for those alone who may, and all of it on record."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import FormerNumber, KnownName, Patient
from pcnhub.care.patients.operations import learn_names, register_temporarily
from pcnhub.care.patients.queries import Lead, find_patients, open_patient, patient_label, patients_by_id, who_saw
from pcnhub.care.patients.queries.vocabulary import names_beginning, names_like
from pcnhub.care.patients.rules import NumberEnd, RegistrationState, RegistrationType
from pcnhub.care.patients.rules.names import Closeness, closeness, folded, likeness, words_of
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.identifiers import nhs_number_check_digit
from pcnhub.foundations.kernel.refusals import NotFound, NotPermitted
from tests.cast import LONG_AGO, NOW, World, patient, system_for, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> World:
    return world()


def names(actor: Actor, text: str) -> list[str]:
    return [view.full_name for view in find_patients(actor=actor, now=NOW, text=text).items]


@pytest.mark.parametrize(
    "text",
    [
        "9000000009",
        "900 000 0009",
        "Smi",
        "smith, ja",
        "Jane Smith",
        "smith jane",
        "Jane",
        "Smith 12/04/1980",
        "12/04/1980",
        "12041980 smith",
        "DN16 3LQ",
        "j smith dn16",
        "07700 900123",
        "+44 (0)1724 496 001",
        "Mrs Smith 07700900123 12/04/1980",
        "Smiht",
        "Jnae Smith",
        "Smyth 12/04/1980",
        "Sith, Jane",
    ],
)
def test_a_patient_is_found_as_people_ask(cast: World, text: str) -> None:
    with unit_of_work(cast.dilys):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(
            postcode="DN16 3LQ", mobile_phone="07700-900 123", home_phone="01724 496001"
        )
    assert names(cast.charlie, text) == []
    assert names(cast.ada, text) == ["Jane Smith"]


@pytest.mark.parametrize("text", ["Jones", "9000000017", "Smith 13/04/1980", "Smithson", "%", "_____", "Zz"])
def test_others_patients_and_other_names_are_not_found(cast: World, text: str) -> None:
    assert names(cast.ada, text + "x" if len(text) < 2 else text) == []


def test_charlie_finds_and_opens_nobody(cast: World) -> None:
    assert names(cast.charlie, "9000000009") == []
    with pytest.raises(NotFound):
        open_patient(actor=cast.charlie, now=NOW, patient_id=cast.patient_of_ash.pk)
    with pytest.raises(NotFound):
        who_saw(actor=cast.charlie, now=NOW, patient_id=cast.patient_of_ash.pk)
    assert patients_by_id(actor=cast.charlie, ids=[cast.patient_of_ash.pk]) == {}


def test_a_hub_does_not_open_a_practices_row_though_it_may_read_its_record(cast: World) -> None:
    with pytest.raises(NotFound):
        open_patient(actor=cast.bilal, now=NOW, patient_id=cast.patient_of_ash.pk)


def test_a_sensitive_patient_is_there_only_for_who_may_see_them(cast: World) -> None:
    patient = cast.patient_of_ash
    with unit_of_work(cast.dilys):
        Patient.objects.filter(pk=patient.pk).update(is_sensitive=True)
    for text in ("9000000009", "Smith", "Smiht", "Jane", "12/04/1980"):
        assert names(cast.ada, text) == []
    with pytest.raises(NotFound):
        open_patient(actor=cast.ada, now=NOW, patient_id=patient.pk)
    trusted = Actor(**{name: getattr(cast.ada, name) for name in cast.ada.__slots__} | {
        "permissions": cast.ada.permissions | {Permission.VIEW_SENSITIVE}})  # fmt: skip
    assert names(trusted, "Smith") == ["Jane Smith"]


def test_without_the_permission_nothing_is_searched(cast: World) -> None:
    powerless = Actor(**{name: getattr(cast.ada, name) for name in cast.ada.__slots__} | {"permissions": frozenset()})
    with pytest.raises(NotPermitted):
        find_patients(actor=powerless, now=NOW, text="Smith")


def test_opening_is_on_record_and_the_page_of_witnesses_tells_of_it(cast: World) -> None:
    view = open_patient(actor=cast.ada, now=NOW, patient_id=cast.patient_of_ash.pk, reason="booking")
    page = who_saw(actor=cast.dilys, now=NOW, patient_id=view.id)
    (seen,) = [item for item in page.items if item.action == "patients.opened"]
    assert (seen.name, seen.organisation, seen.reason, seen.basis) == (
        "Ada Cast",
        "Ash Lane Surgery",
        "booking",
        "own record",
    )
    again = who_saw(actor=cast.dilys, now=NOW, patient_id=view.id)
    assert any(item.action == "patients.audit-opened" for item in again.items)
    with pytest.raises(NotPermitted):
        who_saw(actor=cast.ada, now=NOW, patient_id=view.id)


def test_a_search_is_on_record_without_what_was_typed(cast: World) -> None:
    find_patients(actor=cast.ada, now=NOW, text="Smith 12/04/1980")
    with unit_of_work(cast.ada):
        event = AuditEvent.objects.get(action="patients.searched")
    assert "Smith" not in event.detail
    assert str(cast.patient_of_ash.pk) in event.detail


def test_pages_of_results(cast: World) -> None:

    firsts = (f"{n:09}" for n in range(400_000_000, 400_000_040))
    for place, first_nine in enumerate(firsts):
        if nhs_number_check_digit(first_nine) < 10:
            number = f"{first_nine}{nhs_number_check_digit(first_nine)}"
            patient(cast.ash, number, f"Given{place}", "Zimmer", date(1990, 1, 1))
    first = find_patients(actor=cast.ada, now=NOW, text="Zimmer")
    assert first.pages > 1
    assert len(first.items) == 20
    last = find_patients(actor=cast.ada, now=NOW, text="Zimmer", page=99)
    assert last.number == first.pages
    assert len(last.items) == first.total - 20 * (first.pages - 1)


def test_the_label_is_in_the_form_of_the_nhs(cast: World) -> None:
    view = open_patient(actor=cast.ada, now=NOW, patient_id=cast.patient_of_ash.pk)
    assert patient_label(view) == "SMITH, Jane, born 12-Apr-1980, NHS 900 000 0009"


FAMILIES = (
    "Brown",
    "Browne",
    "Brownlow",
    "Smith-Jones",
    "O'Brien",
    "van der Berg",
    "Jones",
    "Johns",
    "Jonas",
    "Kowalski",
)
GIVEN = ("Jane", "Mary Jane", "Janet", "Joan", "Zoë", "Ann-Marie")


def crowd(cast: World, people: list[tuple[str, str]]) -> None:
    """Ash Lane's, all born on one day."""
    numbers = (f"{n}{nhs_number_check_digit(str(n))}" for n in range(410_000_000, 420_000_000)
               if nhs_number_check_digit(str(n)) < 10)  # fmt: skip
    with unit_of_work(system_for(cast.ash)):
        made = Patient.objects.bulk_create(
            Patient(
                organisation=cast.ash, nhs_number=next(numbers), given_name=given, family_name=family,
                birth_date=date(1990, 1, 1), registration_type=RegistrationType.REGULAR, registered_on=LONG_AGO,
                created_at=NOW, updated_at=NOW,
            )
            for family, given in people
        )  # fmt: skip
        learn_names(organisation_id=cast.ash.pk, patient_ids=[one.pk for one in made])


def test_the_vocabulary_finds_whom_reading_through_everybody_finds(cast: World) -> None:
    """What the database's own functions answer, held to the rules and the ORM."""
    crowd(cast, [(family, given) for family in FAMILIES for given in GIVEN])
    with unit_of_work(cast.ada):
        everybody = list(Patient.objects.filter(organisation=cast.ash.pk))
    for text in (
        "brown jane",
        "jone",
        "obrien zoe",
        "berg",
        "jones smith",
        "brwon joan",
        "kowalsky",
        "marie",
        "jane berg",
    ):
        near = {
            row.pk: how[0]
            for row in everybody
            if (how := closeness(words_of(text), row.family_name, row.given_name)) is not None
        }
        found = find_patients(actor=cast.ada, now=NOW, text=text)
        shown = {hit.patient.id: hit.closeness for hit in found.hits}
        assert shown.items() <= near.items()
        certain = [pk for pk, how in near.items() if how is not Closeness.SIMILAR]
        if text == "marie":  # a second given name alone is nobody's to be found by
            certain = []
        assert found.total >= len(certain), text
        assert len(near) > 20 or found.total == len(near) or text == "marie", text
        order = [hit.closeness for hit in found.hits]
        assert order == sorted(order)


def test_the_vocabulary_tells_an_organisation_its_own_names_alone(cast: World) -> None:
    crowd(cast, [(family, given) for family in FAMILIES for given in GIVEN])
    with unit_of_work(cast.ada):
        known = list(KnownName.objects.values_list("word", flat=True))
        assert known
        for word in ("jo", "brown", "smiht", "berg"):
            _, beginning, _ = names_beginning(word)
            of_orm = set(KnownName.objects.filter(part="family", word__startswith=word).values_list("name", flat=True))
            usual = {word, word.title(), word.upper()}  # looked for, learnt or not
            assert beginning.family | usual == of_orm | usual
            like = names_like(word)
            assert like.family <= set(
                KnownName.objects.filter(part="family", word__in=[w for w in known if likeness(word, w)]).values_list(
                    "name", flat=True
                )
            )
    for other in (cast.charlie, cast.efe):
        with unit_of_work(other):
            assert not KnownName.objects.filter(word__in=["brown", "smith"]).exists()
            assert names_like("brwon").family == set()
            assert names_beginning("brownl")[1].family <= {"brownl", "Brownl", "BROWNL"}
    assert names_like("brwon").family == set()  # outside of any unit of work


def test_names_are_folded_in_the_database_as_in_the_rules() -> None:
    letters = "".join(chr(code) for code in (*range(0x20, 0x180), 0x2019, 0x2013) if not 0x7F <= code < 0xA0)
    with connection.cursor() as cursor:
        cursor.execute("select letter, patients_folded(letter) from unnest(%s::text[]) letter", [list(letters)])
        assert {letter: by_database for letter, by_database in cursor.fetchall() if by_database != folded(letter)} == {}


def test_exact_names_come_first_and_similar_ones_say_so(cast: World) -> None:
    crowd(cast, [("Smyth", "Jane"), ("Smithers", "Jane")])
    hits = find_patients(actor=cast.ada, now=NOW, text="jane smith").hits
    assert [(hit.patient.family_name, hit.closeness) for hit in hits] == [
        ("Smith", Closeness.EXACT),
        ("Smithers", Closeness.BEGINNING),
        ("Smyth", Closeness.SIMILAR),
    ]


def test_two_of_one_name_and_birth_date_are_told_apart(cast: World) -> None:
    crowd(cast, [("Smith", "Anna"), ("SMITH", "anna"), ("Smith", "Annabel")])
    doubles = {
        hit.patient.given_name: hit.has_double for hit in find_patients(actor=cast.ada, now=NOW, text="smith").hits
    }
    assert doubles == {"Anna": True, "anna": True, "Annabel": False, "Jane": False}


def test_who_left_or_died_is_found_by_number_or_when_asked_for(cast: World) -> None:
    with unit_of_work(cast.dilys):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(registration_state=RegistrationState.LEFT)
    assert names(cast.ada, "Jane Smith 12/04/1980") == []
    assert names(cast.ada, "9000000009") == ["Jane Smith"]
    (hit,) = find_patients(actor=cast.ada, now=NOW, text="Jane Smith", with_gone=True).hits
    assert not hit.patient.is_active


def test_a_former_number_leads_to_who_had_it_and_a_merged_entry_to_the_kept_one(cast: World) -> None:
    with unit_of_work(system_for(cast.ash)):
        FormerNumber.objects.create(
            organisation=cast.ash,
            patient=cast.patient_of_ash,
            nhs_number="9990000042",
            ended=NumberEnd.SUPERSEDED,
            since=NOW,
        )
    twin = patient(cast.ash, "9990000018", "Jayne", "Smith", date(1980, 4, 12), merged_into=cast.patient_of_ash)
    for text, lead in (("9990000042", Lead.FORMER_NUMBER), (twin.number, Lead.MERGED), ("Jayne", Lead.MERGED)):
        (hit,) = find_patients(actor=cast.ada, now=NOW, text=text).hits
        assert (hit.patient.id, hit.lead) == (cast.patient_of_ash.pk, lead)
    assert names(cast.ada, "Smith 12/04/1980") == ["Jane Smith"]
    for outsider in (cast.charlie, cast.bilal):
        assert names(outsider, "9990000042") == []


def test_too_many_are_not_listed_but_to_be_narrowed(cast: World) -> None:
    crowd(cast, [("Zimmer", f"Given{place}") for place in range(201)])
    found = find_patients(actor=cast.ada, now=NOW, text="Zimmer")
    assert (found.hits, found.is_cut) == ((), True)
    assert names(cast.ada, "Zimmer Given117")[0] == "Given117 Zimmer"
    assert find_patients(actor=cast.ada, now=NOW, text="01/01/1990").is_cut


def test_a_hub_finds_whom_a_practice_registers_there_by_a_mistyped_name(cast: World) -> None:
    register_temporarily(actor=cast.ada, now=NOW, hub_id=cast.hub.pk, practice_patient_id=cast.patient_of_ash.pk)
    assert names(cast.bilal, "Jnae Smiht") == ["Jane Smith"]
    with unit_of_work(cast.bilal):
        before = KnownName.objects.count()
        learn_names(organisation_id=cast.hub.pk, patient_ids=list(Patient.objects.values_list("pk", flat=True)))
        assert KnownName.objects.count() == before  # nothing twice, and of another organisation's people nothing
