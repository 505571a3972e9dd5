"""What protocols ask for keeps a consultation from being finished, until it is done or, where that may be, passed over."""

from __future__ import annotations

import pytest

from pcnhub.care.consultations import operations, queries
from pcnhub.care.consultations.checks import CHECKS
from pcnhub.care.consultations.models import Deed, IsA, Outcome
from pcnhub.care.consultations.operations import AskAnswer, import_protocol, load_concepts, note_task, save_outcome
from pcnhub.care.consultations.operations.definitions import DefinitionMovedOn, need, put_into_use, retire
from pcnhub.care.consultations.queries.definitions import DefinitionView, published
from pcnhub.care.consultations.queries.protocols import dry_run, wanted
from pcnhub.care.consultations.queries.shipped import shipped
from pcnhub.care.consultations.rules import Entry, Notes
from pcnhub.care.consultations.rules.definitions import DefinitionKind
from pcnhub.care.consultations.rules.protocols import Moment
from pcnhub.care.organisations.models import Organisation
from pcnhub.care.organisations.queries import network_of_hub
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.refusals import InvalidInput, NotFound, NotPermitted
from tests.cast import NOW, World, system_for, world
from tests.evening import notes, outcomes, visitor, waiting

pytestmark = pytest.mark.django_db
SHIPPED = {each.name: each.source for each in shipped()}
URGENT = "two-week-wait"
TOLD = AskAnswer(URGENT, "safety-net", is_confirmed=True)


@pytest.fixture
def cast() -> World:
    made = world()
    outcomes(made)
    load_concepts(now=NOW)
    save_outcome(actor=made.carys, now=NOW, code=URGENT, name="Urgent suspected cancer referral")
    Organisation.objects.filter(pk=made.ash.pk).update(email="urgent@ash.example")
    return made


@pytest.fixture
def begun(cast: World) -> int:
    booking_id = waiting(cast, visitor(cast, cast.patient_of_ash, cast.ash))
    return operations.start(actor=cast.bilal, now=NOW, booking_id=booking_id)


def in_force(cast: World, name: str = URGENT, source: bytes = b"") -> DefinitionView:
    view = import_protocol(actor=cast.carys, now=NOW, source=source or SHIPPED[name])
    put_into_use(actor=cast.carys, now=NOW, definition_id=view.id)
    return view


def written(cast: World, begun: int, what: Notes | None = None) -> int:
    what = what or notes(outcome=URGENT)
    return operations.save_draft(actor=cast.bilal, now=NOW, consultation_id=begun, revision=0, notes=what)


def finish(cast: World, begun: int, *answers: AskAnswer) -> int:
    return operations.finish(actor=cast.bilal, now=NOW, consultation_id=begun, revision=1, answers=answers)


def refused(cast: World, begun: int, *answers: AskAnswer) -> list[str]:
    with pytest.raises(InvalidInput) as refusal:
        finish(cast, begun, *answers)
    assert all(problem.remedy for problem in refusal.value.problems)
    return [problem.field for problem in refusal.value.problems]


def urgent_task(cast: World, begun: int) -> None:
    note_task(
        actor=cast.bilal, now=NOW, consultation_id=begun, task_id=1, kind="two-week-wait-referral", priority="urgent"
    )


def test_everything_open_is_named_at_once_and_a_refusal_keeps_nothing(cast: World, begun: int) -> None:
    in_force(cast)
    written(cast, begun)
    both = ["asked-two-week-wait-refer", "asked-two-week-wait-safety-net"]
    assert refused(cast, begun) == both
    assert refused(cast, begun, TOLD) == both[:1]
    with unit_of_work(cast.bilal):
        assert not Deed.objects.exists()  # the advice was not put on record by a finish that was refused


def test_done_and_confirmed_it_finishes_and_the_advice_goes_home_with_the_notes(cast: World, begun: int) -> None:
    in_force(cast)
    written(cast, begun)
    urgent_task(cast, begun)
    assert finish(cast, begun, TOLD) == 1
    kept = queries.finished_version(actor=cast.bilal, consultation_id=begun, number=1)
    assert "Told the patient: Your own practice makes this referral." in kept.notes.text_under("Plan")
    with unit_of_work(cast.bilal):
        assert list(Deed.objects.order_by("pk").values_list("kind", flat=True)) == ["task", "advice", "email"]
        assert AuditEvent.objects.filter(action="consultations.notice-asked").count() == 1


def test_without_the_protocol_nothing_holds_it_up(cast: World, begun: int) -> None:
    """The control: the same consultation is finished while the protocol is a draft, and once it is retired."""
    import_protocol(actor=cast.carys, now=NOW, source=SHIPPED[URGENT])
    view = in_force(cast, source=SHIPPED[URGENT] + b"\n# new\n")
    written(cast, begun)
    assert refused(cast, begun)
    retire(actor=cast.carys, now=NOW, definition_id=view.id, reason="Not ours")
    assert finish(cast, begun) == 1


def test_an_override_needs_a_reason_and_a_rule_that_allows_it(cast: World, begun: int) -> None:
    Organisation.objects.filter(pk=cast.ash.pk).update(email="")
    in_force(cast)
    written(cast, begun)
    urgent_task(cast, begun)
    notice = "asked-two-week-wait-notice"
    assert refused(cast, begun, TOLD) == [notice]
    assert refused(cast, begun, TOLD, AskAnswer(URGENT, "notice", reason="  ")) == [notice]
    assert refused(cast, begun, TOLD, AskAnswer(URGENT, "notice", reason="x" * 501)) == [notice]
    not_allowed = AskAnswer(URGENT, "safety-net", reason="No time")
    assert "asked-two-week-wait-safety-net" in refused(cast, begun, not_allowed)
    assert finish(cast, begun, TOLD, AskAnswer(URGENT, "notice", reason="Telephoned Dilys")) == 1
    with unit_of_work(cast.bilal):
        event = AuditEvent.objects.get(action="consultations.protocol-overridden")
    assert event.reason == "Telephoned Dilys"


def test_an_outcome_that_a_protocol_rests_on_stays_while_it_is_in_use(cast: World, begun: int) -> None:
    """Retired, it would let the protocol never hold again, or never let go; and where one is gone all the same, a reason does."""
    urgent, one_of = in_force(cast), SHIPPED["outcome"] + b'one_of = ["seen"]\n'
    in_force(cast, source=one_of)
    for code in (URGENT, "seen"):
        with pytest.raises(DefinitionMovedOn, match="in use"):
            save_outcome(actor=cast.carys, now=NOW, code=code, name=code, retired_on=NOW.date())
    retire(actor=cast.carys, now=NOW, definition_id=urgent.id, reason="Not ours")
    save_outcome(actor=cast.carys, now=NOW, code=URGENT, name="Urgent", retired_on=NOW.date())
    save_outcome(actor=cast.carys, now=NOW, code="new", name="New")
    with unit_of_work(cast.carys):
        Outcome.objects.filter(code="seen").update(retired_on=NOW.date())
    written(cast, begun, notes(outcome="new"))
    assert refused(cast, begun) == ["asked-outcome-outcome"]
    need(actor=cast.carys, now=NOW, definition_id=published(hub_id=cast.hub.pk, kind=DefinitionKind.PROTOCOL)[0].id)
    hub = network_of_hub(hub_id=cast.hub.pk, day=NOW.date())
    found = next(iter(CHECKS["CHK-50"](actor=system_for(cast.hub), hub=hub, now=NOW)))
    assert "names seen" in found.evidence
    assert finish(cast, begun, AskAnswer("outcome", "outcome", reason="The list has changed")) == 1


def test_amending_is_asked_too_and_what_was_done_stays_done(cast: World, begun: int) -> None:
    in_force(cast)
    written(cast, begun, notes())
    assert finish(cast, begun) == 1
    changed = notes("Lump found.", outcome=URGENT)
    with pytest.raises(InvalidInput) as refusal:
        operations.amend(
            actor=cast.bilal, now=NOW, consultation_id=begun, version=1, notes=changed, reason="Result came"
        )
    assert len(refusal.value.problems) == 2
    urgent_task(cast, begun)
    amended = operations.amend(
        actor=cast.bilal, now=NOW, consultation_id=begun, version=1, notes=changed, reason="Result", answers=[TOLD]
    )
    again = notes("Lump in the left breast.", outcome=URGENT)
    assert amended == 2
    assert operations.amend(
        actor=cast.bilal, now=NOW, consultation_id=begun, version=2, notes=again, reason="Side"
    ) == 3  # fmt: skip


def test_a_safeguarding_code_asks_for_a_task(cast: World, begun: int) -> None:
    in_force(cast, "safeguarding")
    written(cast, begun, Notes(notes().sections, (Entry("397940009", "Victim of child abuse"),), "seen"))
    assert refused(cast, begun) == ["asked-safeguarding-tell-practice"]


def test_what_lies_beneath_a_safeguarding_code_asks_too_once_that_is_known(cast: World, begun: int) -> None:
    view = in_force(cast, "safeguarding")
    beneath = Notes(notes().sections, (Entry("49727002", "Cough"),), "seen")

    def asked() -> list[str]:
        found = wanted(actor=cast.bilal, now=NOW, consultation_id=begun, notes=beneath, moment=Moment.FINISH)
        return [each.ask.name for each in found]

    assert asked() == []  # no release with its relationships: the codes as they stand
    IsA.objects.bulk_create([IsA(child=49727002, parent=22253000), IsA(child=22253000, parent=397940009)])
    assert asked() == ["tell-practice"]
    written(cast, begun, beneath)
    assert refused(cast, begun) == ["asked-safeguarding-tell-practice"]
    finish(cast, begun, AskAnswer("safeguarding", "tell-practice", reason="Telephoned"))
    assert len(dry_run(actor=cast.carys, now=NOW, protocol=view.protocol).rows) == 1


def test_the_dry_run_says_what_it_would_have_asked_and_changes_nothing(cast: World, begun: int) -> None:
    view = import_protocol(actor=cast.carys, now=NOW, source=SHIPPED[URGENT])
    written(cast, begun)
    finish(cast, begun)
    done = dry_run(actor=cast.carys, now=NOW, protocol=view.protocol)
    assert (done.looked_at, len(done.rows), done.held_up) == (1, 1, 1)
    assert [each.ask.name for each in done.rows[0].lacking] == ["refer", "safety-net"]
    assert [count for _, count in done.open_by_ask()] == [1, 0, 1]
    with pytest.raises(NotPermitted):
        dry_run(actor=cast.bilal, now=NOW, protocol=view.protocol)
    assert dry_run(actor=cast.charlie, now=NOW, protocol=view.protocol).looked_at == 0
    with unit_of_work(cast.carys):
        assert not Deed.objects.exists()


def test_charlie_learns_nothing_of_it(cast: World, begun: int) -> None:
    in_force(cast)
    with pytest.raises(NotFound):
        wanted(actor=cast.charlie, now=NOW, consultation_id=begun, notes=notes(), moment=Moment.FINISH)
    with pytest.raises(NotPermitted):
        operations.finish(actor=cast.charlie, now=NOW, consultation_id=begun, revision=1, answers=[TOLD])
    note_task(actor=cast.charlie, now=NOW, consultation_id=begun, task_id=1, kind="other", priority="urgent")
    with unit_of_work(cast.bilal):
        assert not Deed.objects.exists()
