"""How to reach a patient: whose word it is, and that nobody's word silently takes the place of another's."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pcnhub.care.patients.models import ContactOffer, Patient
from pcnhub.care.patients.operations import (
    Contact,
    Offered,
    Traced,
    answer_offer,
    change_contact,
    follow_practice,
    offer,
    register_by_gp_connect,
    register_temporarily,
    register_unregistered,
)
from pcnhub.care.patients.operations.holding import KeptElsewhere, PatientChanged
from pcnhub.care.patients.queries import OfferView, contact_details, open_offers
from pcnhub.care.patients.rules.contacts import ContactField, ContactSource, address_text
from pcnhub.care.patients.rules.tracing import UnregisteredPerson
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.identifiers import NhsNumber
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, NotPermitted
from tests.cast import NOW, World, system_for, world

pytestmark = pytest.mark.django_db

OLD, NEW, NEWEST = "07700 900001", "07700 900002", "07700 900003"
MOBILE = ContactField.MOBILE_PHONE
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def cast() -> World:
    return world()


@pytest.fixture
def held(cast: World) -> int:
    """The hub's registration of Ash Lane's patient, with the mobile that Ash Lane had."""
    at_practice(cast, OLD)
    return booked_again(cast)


def at_practice(cast: World, mobile: str) -> None:
    with unit_of_work(cast.ada):
        Patient.objects.filter(pk=cast.patient_of_ash.pk).update(mobile_phone=mobile)


def booked_again(cast: World) -> int:
    """As each booking by the practice does."""
    return register_temporarily(
        actor=cast.ada, now=NOW, hub_id=cast.hub.pk, practice_patient_id=cast.patient_of_ash.pk
    ).patient_id


def followed(cast: World) -> int:
    """As each import by the practice does."""
    return follow_practice(actor=system_for(cast.hub), now=NOW, practice_id=cast.ash.pk)


def row(cast: World, patient_id: int) -> Patient:
    with unit_of_work(cast.carys):
        return Patient.objects.get(pk=patient_id)


def told_to_the_hub(cast: World, patient_id: int, mobile: str = NEW) -> None:
    assert change_contact(
        actor=cast.carys,
        now=NOW,
        patient_id=patient_id,
        version=row(cast, patient_id).version,
        details={MOBILE: mobile},
    )


def asked(cast: World, patient_id: int) -> list[tuple[str, str, str]]:
    return [(each.held, each.value, each.source) for each in open_offers(actor=cast.carys, patient_id=patient_id)]


def the_offer(cast: World, patient_id: int) -> OfferView:
    [found] = open_offers(actor=cast.carys, patient_id=patient_id)
    return found


def test_each_detail_says_whose_word_it_is_and_since_when(cast: World, held: int) -> None:
    told_to_the_hub(cast, held)
    mobile, home, *_ = contact_details(actor=cast.carys, patient_id=held)
    assert (mobile.value, mobile.source, mobile.at) == (NEW, "hub", NOW)
    assert (home.value, home.source) == ("", "practice")


def test_what_a_practice_was_told_of_somebody_unknown_is_not_the_hubs_word(cast: World) -> None:
    """Else it would stand against whatever the practice, or a register, says later."""
    someone = UnregisteredPerson("Aminata", "Diallo", date(1991, 3, 14), phone=OLD)
    said = {
        actor.organisation.kind: row(
            cast, register_unregistered(actor=actor, now=NOW, hub_id=cast.hub.pk, person=someone)
        ).contact_sources[MOBILE]["source"]
        for actor in (cast.ada, cast.carys)
    }
    assert said == {"practice": "booker", "hub": "hub"}


def test_while_only_the_practice_has_said_anything_it_is_followed(cast: World, held: int) -> None:
    at_practice(cast, NEW)
    assert followed(cast) == 1
    assert row(cast, held).mobile_phone == NEW
    assert not asked(cast, held)
    at_practice(cast, "")
    booked_again(cast)
    assert row(cast, held).mobile_phone == ""


@pytest.mark.parametrize("door", ["an import", "a practice booking", "GP Connect", "a trace"])
def test_the_hubs_newer_mobile_is_never_silently_overwritten(cast: World, held: int, door: str) -> None:
    told_to_the_hub(cast, held)
    if door == "an import":
        followed(cast)
    elif door == "a practice booking":
        booked_again(cast)
    elif door == "GP Connect":
        with unit_of_work(cast.carys):
            Patient.objects.filter(pk=held).update(registration_state="left", left_on=NOW.date())
        person = Traced(NhsNumber("9000000009"), "Jane", "Smith", date(1980, 4, 12), practice_ods="A81001")
        caller = system_for(cast.hub, "gp-connect")
        view = register_by_gp_connect(actor=caller, now=NOW, person=person, contact=Contact(mobile_phone=OLD))
        assert view.mobile_phone == NEW
    else:
        tracing = system_for(cast.hub, "pds")
        done = offer(actor=tracing, now=NOW, patient_id=held, field="mobile_phone", value=OLD, source="pds")
        assert done is Offered.OPEN
    assert row(cast, held).mobile_phone == NEW
    [(here, there, source)] = asked(cast, held)
    assert (here, there) == (NEW, OLD)
    assert source == {"GP Connect": "gp-connect", "a trace": "pds"}.get(door, "practice")


def test_each_source_is_asked_about_once_and_its_newest_word_counts(cast: World, held: int) -> None:
    told_to_the_hub(cast, held)
    booked_again(cast)
    booked_again(cast)
    followed(cast)
    assert asked(cast, held) == [(NEW, OLD, "practice")]
    at_practice(cast, NEWEST)
    followed(cast)
    assert asked(cast, held) == [(NEW, NEWEST, "practice")]
    at_practice(cast, NEW.replace(" ", ""))  # now they agree
    followed(cast)
    assert not asked(cast, held)


def test_a_person_keeps_what_is_held_and_is_not_asked_the_same_again(cast: World, held: int) -> None:
    told_to_the_hub(cast, held)
    booked_again(cast)
    found = the_offer(cast, held)
    assert answer_offer(actor=cast.carys, now=LATER, offer_id=found.id, take=False) == held
    followed(cast)
    booked_again(cast)
    assert not asked(cast, held)
    assert row(cast, held).mobile_phone == NEW
    at_practice(cast, NEWEST)
    followed(cast)
    assert asked(cast, held) == [(NEW, NEWEST, "practice")]
    with pytest.raises(Conflict, match="already"):
        answer_offer(actor=cast.carys, now=LATER, offer_id=found.id, take=True)


def test_a_person_takes_what_the_source_has_and_the_source_is_followed_from_then_on(cast: World, held: int) -> None:
    told_to_the_hub(cast, held)
    booked_again(cast)
    answer_offer(actor=cast.carys, now=LATER, offer_id=the_offer(cast, held).id, take=True)
    assert row(cast, held).contact_sources["mobile_phone"] == {"source": "practice", "at": LATER.isoformat()}
    at_practice(cast, NEWEST)
    followed(cast)
    assert row(cast, held).mobile_phone == NEWEST
    with unit_of_work(cast.carys):
        actions = list(
            AuditEvent.objects.filter(action__startswith="patients.contact").values_list("action", flat=True)
        )
    assert {"patients.contact-changed", "patients.contact-offer-taken"} <= set(actions)


def test_what_the_hub_took_away_does_not_come_back_by_itself(cast: World, held: int) -> None:
    told_to_the_hub(cast, held, mobile="")
    followed(cast)
    assert row(cast, held).mobile_phone == ""
    assert asked(cast, held) == [("", OLD, "practice")]


def test_a_trace_fills_what_nobody_has(cast: World, held: int) -> None:
    address = address_text(["1 New Road"], "DN16 3LQ")
    done = offer(
        actor=system_for(cast.hub), now=NOW, patient_id=held, field="address", value=address, source=ContactSource.PDS
    )
    assert done is Offered.TAKEN
    assert (row(cast, held).address_lines, row(cast, held).postcode) == (["1 New Road"], "DN16 3LQ")
    again = offer(
        actor=system_for(cast.hub), now=NOW, patient_id=held, field="address", value=address.lower(), source="pds"
    )
    assert again is Offered.AGREES


def test_all_that_is_wrong_is_said_at_once(cast: World, held: int) -> None:
    wrong = {
        MOBILE: "not known",
        ContactField.EMAIL: "jane",
        ContactField.ADDRESS: "1 New Road\nnowhere",
    }
    with pytest.raises(InvalidInput) as refused:
        change_contact(actor=cast.carys, now=NOW, patient_id=held, version=1, details=wrong)
    assert {each.field for each in refused.value.problems} == {"mobile_phone", "email", "postcode"}
    assert all(each.remedy for each in refused.value.problems)


def test_who_may_not_and_what_is_kept_elsewhere(cast: World, held: int) -> None:
    told_to_the_hub(cast, held)
    booked_again(cast)
    question = the_offer(cast, held).id
    for actor in (cast.bilal, cast.ada):  # without the activity
        with pytest.raises(NotPermitted):
            change_contact(actor=actor, now=NOW, patient_id=held, version=1, details={MOBILE: OLD})
        with pytest.raises(NotPermitted):
            answer_offer(actor=actor, now=NOW, offer_id=question, take=True)
    for actor in (cast.charlie, cast.dilys):  # with it, but elsewhere
        with pytest.raises(NotFound):
            change_contact(actor=actor, now=NOW, patient_id=held, version=1, details={MOBILE: OLD})
        with pytest.raises(NotFound):
            answer_offer(actor=actor, now=NOW, offer_id=question, take=True)
    with pytest.raises(KeptElsewhere):
        change_contact(actor=cast.dilys, now=NOW, patient_id=cast.patient_of_ash.pk, version=1, details={MOBILE: NEW})
    with pytest.raises(PatientChanged):
        change_contact(actor=cast.carys, now=NOW, patient_id=held, version=1, details={MOBILE: NEWEST})


def test_a_practice_sees_its_own_word_only_and_never_charlie(cast: World, held: int) -> None:
    told_to_the_hub(cast, held)
    booked_again(cast)
    offer(actor=system_for(cast.hub), now=NOW, patient_id=held, field="email", value="j@x.org", source="pds")
    offer(actor=system_for(cast.hub), now=NOW, patient_id=held, field="mobile_phone", value=NEWEST, source="pds")
    seen = {}
    for name, actor in (("ada", cast.ada), ("efe", cast.efe), ("charlie", cast.charlie), ("carys", cast.carys)):
        with unit_of_work(actor):
            seen[name] = sorted(ContactOffer.objects.values_list("source", flat=True))
    assert seen == {"ada": ["practice"], "efe": [], "charlie": [], "carys": ["pds", "practice"]}
