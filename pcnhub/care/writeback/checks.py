"""What write-back can say about a hub's readiness (`domain.md` 12A.5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from pcnhub.care.organisations.queries import NetworkView, systems_of
from pcnhub.care.organisations.rules import ClinicalSystem
from pcnhub.care.sharing.queries import agreements_of, is_effective_with, write_back_settings_of_all
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.care.writeback.queries import (
    ON_ITS_WAY,
    Reconciliation,
    drugs_kept_waiting,
    outstanding,
    practices_with_list,
    reconciliation,
    without_copy,
)
from pcnhub.care.writeback.rules import Alarm
from pcnhub.foundations.jobs import queries as jobs
from pcnhub.foundations.jobs.queries import FailedJob
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.local_time import london_date

LOOKS_BACK = timedelta(days=28)
MANAGER = "the hub's manager"


def chk_69(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Consultations finished equal copies acknowledged, for every practice; what is kept, or has no copy, counts
    whatever its age."""
    today = london_date(now)
    found = reconciliation(actor=actor, now=now, day_from=today - LOOKS_BACK, day_to=today)
    settled = now - ON_ITS_WAY
    recent = [(one, row.practice.name) for row in found.rows for one in row.outstanding if one.finished_at <= settled]
    missing = {(one.consultation_id, one.version): practice for one, practice in recent if not one.is_on_its_way}
    missing |= {
        (copy.consultation_id, copy.version): copy.practice.name
        for copy in outstanding(actor=actor)
        if copy.finished_at <= settled and not copy.is_over and not copy.is_on_its_way(now)
    }
    missing |= {
        (each.what.consultation_id, each.what.version): each.practice.name
        for each in without_copy(actor=actor, now=now)
        if each.what.finished_at <= settled and not each.what.is_on_its_way
    }
    going = sum(one.is_on_its_way for one, _ in recent)
    if missing:
        by_practice = Counter(missing.values())
        named = "; ".join(f"{practice}: {count}" for practice, count in sorted(by_practice.items()))
        evidence = f"{len(missing)} finished consultations (amendments counted) are not acknowledged. {named}."
        fix = Fix("Open the write-back page: each one says what stands in its way and who can.", MANAGER, "writeback")
        yield Finding("CHK-69", hub.hub.id, State.UNMET, evidence, fix)
    elif not found.finished:
        evidence = f"No consultation was finished in the last {LOOKS_BACK.days} days."
        yield Finding("CHK-69", hub.hub.id, State.NOT_APPLICABLE, evidence)
    else:
        evidence = (
            f"All {found.finished} consultations finished in the last {LOOKS_BACK.days} days (amendments counted) are "
            "acknowledged or were finished this quarter of an hour."
        )
        yield Finding("CHK-69", hub.hub.id, State.MET, evidence + _counted_apart(found, going))


def _counted_apart(found: Reconciliation, going: int) -> str:
    """What is in order without a receipt is said as what it is, never counted with the receipts (`national-services.md` 13.1)."""
    said = [
        f"{number} {words}"
        for number, words in (
            (going, "are on their way to practices elsewhere, within their time"),
            (found.otherwise, "went in another way"),
            (found.replaced, "were replaced by a later version"),
        )
        if number
    ]
    return f" Of these, {', '.join(said)}." if said else ""


def chk_71(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """No copy waits for a person or has missed its time, no write-back job has failed for good, and no drug of a copy waits at
    a practice."""
    open_copies = outstanding(actor=actor)
    copies = [copy for copy in open_copies if copy.needs_person or copy.alarm(now) is not Alarm.NONE]
    failed, drugs = list(_failed_jobs(actor)), drugs_kept_waiting(actor=actor)
    if not (copies or failed or drugs):
        evidence = "No copy needs a person, no write-back job has failed, and no drug waits at a practice."
        yield Finding("CHK-71", hub.hub.id, State.MET, evidence)
        return
    evidence = f"{len(copies)} copies need a person; {len(failed)} write-back jobs have failed."
    evidence += "".join(f" {number} drugs wait for somebody at {practice}." for practice, number in drugs.items())
    if copies:
        fix = Fix(
            "Open the write-back page, do what each copy asks for, and try it again.", MANAGER, "writeback-copies"
        )
    elif failed:
        fix = Fix("Open the page of failed work and try each again.", MANAGER, "failures")
    else:
        who = f"a clinician at {' and at '.join(drugs)}"
        fix = Fix("Ask the practice to enter or decline each drug that waits.", who, "writeback-copies")
    yield Finding("CHK-71", hub.hub.id, State.UNMET, evidence, fix)


def chk_68(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """What each practice settled for Consultation Write Back still holds, and the formulary that it chose has a list. Of one
    that keeps its record elsewhere nothing is asked: its own system enters what a report brings (`domain.md` 12A.5)."""
    day = london_date(now)
    views = agreements_of(hub_id=hub.hub.id, day=day)
    agreement = next((view for view in views if view.kind == AgreementKind.WRITE_BACK), None)
    systems = systems_of(ids=[practice.id for practice in hub.members])
    here = [practice for practice in hub.members if systems.get(practice.id) == ClinicalSystem.PCN_HUB]
    settled = write_back_settings_of_all(practice_ids=[each.id for each in here], hub_id=hub.hub.id, day=day)
    listed = practices_with_list(names=[(each.id, settled[each.id].formulary) for each in here])
    for practice in hub.members:
        if practice not in here:
            said = "Its record is kept in another system: reports go there by MESH."
            yield Finding("CHK-68", practice.id, State.NOT_APPLICABLE, said)
            continue
        settings, who = settled[practice.id], f"an agreement manager at {practice.name}"
        wrong = [problem.message.rstrip(".") for problem in settings.problems]
        fix = Fix("Choose the formulary and the prescribing user.", who, "agreements")
        if agreement is not None:
            fix = replace(fix, page="agreement", page_args=(agreement.id,))
            if is_effective_with(agreement, practice.id):
                fix = replace(fix, page="agreement-settings", field="formulary")
        if not wrong and practice.id not in listed:
            wrong = [
                f"No list has been brought in for the formulary {settings.formulary}, so every drug of a copy waits"
            ]
            fix = Fix("Bring in the formulary's list.", f"the manager of {practice.name}", "formularies")
        if wrong:
            yield Finding("CHK-68", practice.id, State.UNMET, "; ".join(wrong) + ".", fix)
        else:
            yield Finding("CHK-68", practice.id, State.MET, "Formulary and prescribing user hold.")


def _failed_jobs(actor: Actor) -> Iterator[FailedJob]:
    page = jobs.failures(actor=actor)
    for number in range(1, page.pages + 1):
        shown = page if number == 1 else jobs.failures(actor=actor, page=number)
        yield from (job for job in shown.jobs if job.handler.startswith("writeback."))


CHECKS: dict[str, Callable[..., Iterable[Finding]]] = {"CHK-68": chk_68, "CHK-69": chk_69, "CHK-71": chk_71}
