"""What readiness asks of documents (`domain.md` 11.1 and 12): do a practice's open from the hub, unchanged, and soon enough?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.conf import settings

from pcnhub.care.documents.queries import TrialView, measured, trials
from pcnhub.care.documents.queries.testing import keeping_documents_here
from pcnhub.care.documents.rules import PROBE_HOLDS, percentile
from pcnhub.care.organisations.queries import NetworkView
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.local_time import in_london

TRY = Fix("Press “Open the test documents now”.", "the hub's manager", "documents-trials")
SHARE = 95  # of a hundred openings, so many must be in time
MEASURED = timedelta(days=1)  # CHK-41 is asked daily


def chk_40(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Of each practice the hub opened the test document within the last week, with the checksum that the practice wrote down."""
    ids = [each.id for each in hub.members]
    found, here = trials(actor=actor, holder_ids=ids), keeping_documents_here(ids)
    for practice in hub.members:
        is_here = practice.id in here
        yield _opened(practice, found[practice.id], now) if is_here else _elsewhere("CHK-40", practice)


def chk_41(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """Of each practice's documents that the hub opened in the last day, 95 of 100 opened within the limit."""
    limit = settings.DOCUMENT_LIMIT_MILLISECONDS
    ids = [each.id for each in hub.members]
    found, here = measured(actor=actor, since=now - MEASURED, holder_ids=ids), keeping_documents_here(ids)
    for practice in hub.members:
        if practice.id not in here:
            yield _elsewhere("CHK-41", practice)
            continue
        times = found[practice.id]
        if not times:
            yield Finding("CHK-41", practice.id, State.UNKNOWN, "No document of it opened here in the last day", TRY)
            continue
        slow = percentile(times, SHARE)
        evidence = (
            f"{SHARE} of 100 openings took at most {slow} ms, of {limit} allowed; {len(times)} measured in the last day"
        )
        fix = Fix(
            "Look at the load of the database and of the network between them.",
            "whoever runs this installation of PCN Hub",
            "documents-trials",
        )
        met = slow <= limit
        yield Finding("CHK-41", practice.id, State.MET if met else State.UNMET, evidence, None if met else fix)


def _opened(practice: OrganisationRef, trial: TrialView, now: datetime) -> Finding:
    if trial.at is None:
        return Finding("CHK-40", practice.id, State.UNKNOWN, "Its test document was never opened from here", TRY)
    when = f"{in_london(trial.at):%d %b %Y %H:%M}"
    if trial.problem:
        fix = Fix(
            "Activate the care record agreement on both sides, then open the test documents again."
            if trial.problem == "not-shared"
            else TRY.what,
            f"an agreement manager at the hub and at {practice.name}" if trial.problem == "not-shared" else TRY.who,
            "agreements" if trial.problem == "not-shared" else TRY.page,
        )
        return Finding("CHK-40", practice.id, State.UNMET, f"Not opened on {when}: {trial.sentence}", fix)
    if trial.at < now - PROBE_HOLDS:
        return Finding("CHK-40", practice.id, State.UNKNOWN, f"Opened last on {when}, more than a week ago", TRY)
    return Finding("CHK-40", practice.id, State.MET, f"Opened on {when} with equal checksum ({trial.sha256[:12]}…)")


def _elsewhere(code: str, practice: OrganisationRef) -> Finding:
    return Finding(
        code, practice.id, State.NOT_APPLICABLE, "Its documents are kept in another system, which nothing here opens"
    )


CHECKS: dict[str, Callable[..., Iterable[Finding]]] = {"CHK-40": chk_40, "CHK-41": chk_41}
