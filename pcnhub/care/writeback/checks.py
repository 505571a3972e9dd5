"""What write-back can say about a hub's readiness (`domain.md` 12A.5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from pcnhub.care.organisations.queries import NetworkView
from pcnhub.care.writeback.queries import needing_action, outstanding, reconciliation
from pcnhub.foundations.jobs import queries as jobs
from pcnhub.foundations.jobs.queries import FailedJob
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.local_time import london_date

LOOKS_BACK = timedelta(days=28)
ON_ITS_WAY = timedelta(minutes=15)  # what was finished this moment is no difference yet
MANAGER = "the hub's manager"


def chk_69(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Consultations finished equal copies acknowledged, for every practice; kept copies count whatever their age."""
    today = london_date(now)
    found = reconciliation(actor=actor, now=now, day_from=today - LOOKS_BACK, day_to=today)
    settled = now - ON_ITS_WAY
    missing: dict[tuple[int, int], str] = {
        (one.consultation_id, one.version): row.practice.name
        for row in found.rows
        for one in row.outstanding
        if one.finished_at <= settled
    }
    missing |= {
        (copy.consultation_id, copy.version): copy.practice.name
        for copy in outstanding(actor=actor)
        if copy.finished_at <= settled
    }
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
        yield Finding("CHK-69", hub.hub.id, State.MET, evidence)


def chk_71(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """No copy waits for a person, and no write-back job has failed for good."""
    copies, failed = needing_action(actor=actor), list(_failed_jobs(actor))
    if not copies and not failed:
        yield Finding("CHK-71", hub.hub.id, State.MET, "No copy needs a person, and no write-back job has failed.")
        return
    evidence = f"{len(copies)} copies need a person; {len(failed)} write-back jobs have failed."
    if copies:
        fix = Fix("Open the write-back page, do what each copy asks for, and try it again.", MANAGER, "writeback")
    else:
        fix = Fix("Open the page of failed work and try each again.", MANAGER, "failures")
    yield Finding("CHK-71", hub.hub.id, State.UNMET, evidence, fix)


def _failed_jobs(actor: Actor) -> Iterator[FailedJob]:
    page = jobs.failures(actor=actor)
    for number in range(1, page.pages + 1):
        shown = page if number == 1 else jobs.failures(actor=actor, page=number)
        yield from (job for job in shown.jobs if job.handler.startswith("writeback."))


CHECKS: dict[str, Callable[..., Iterable[Finding]]] = {"CHK-69": chk_69, "CHK-71": chk_71}
