"""What the steps of rehearsals prove of the checklist: the task loop, the write-back, who finds slots, and that 111 can book.

Each step counts as it was last tried, by itself or by hand. A "no" stays until the step was tried again; a "yes" is no answer any
more once the line should have been asked anew (`often`). That nobody answered, or that there was no stage, says nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from pcnhub.care.organisations.queries import NetworkView, systems_of
from pcnhub.care.organisations.rules import ClinicalSystem
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.insight.readiness.catalogue import BY_ID
from pcnhub.insight.readiness.rules import ProofKind
from pcnhub.rehearsal.queries import last_tried
from pcnhub.rehearsal.rules import BY_HAND_HOLDS, ELSEWHERE, FRESH, OF_111, STEP_WORDS, StepName, Tried
from pcnhub.rehearsal.stage import providers_of_111

MANAGER = "the hub's manager"
LATE = FRESH - timedelta(days=1)  # a night's rehearsal does not begin at the very minute of the one before
AT_PRACTICE: dict[str, tuple[StepName, ...]] = {
    "CHK-23": (StepName.SEARCH,),
    "CHK-37": (StepName.TASK_OUT, StepName.ACCEPT, StepName.TASK_BACK),
    "CHK-70": (StepName.WRITE_BACK, StepName.RECEIVE),
}
Steps = Mapping[tuple[int, StepName], Tried]


def of_practices(check_id: str, *, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """What its steps showed at each practice; of CHK-23 at the hub, too: that an outsider was refused."""
    tried, names = last_tried(hub.hub.id), AT_PRACTICE[check_id]
    systems = systems_of(ids=[hub.hub.id, *(each.id for each in hub.members)])
    is_here = systems[hub.hub.id] == ClinicalSystem.PCN_HUB
    for practice in hub.members:
        works_here = is_here and (systems[practice.id] == ClinicalSystem.PCN_HUB or not ELSEWHERE & set(names))
        yield _shown(check_id, practice, names, [tried.get((practice.id, name)) for name in names], now, works_here)
    if check_id == "CHK-23" and is_here:
        refused = (StepName.REFUSED,)
        yield _shown(check_id, hub.hub, refused, [tried.get((0, StepName.REFUSED))], now, works_here=True)


def as_111(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """CHK-54, as far as this end goes: each 111 service in the hub's groups searched and booked through the hub's own door. That
    this failed is a "no"; that it passed is no "yes", for 111's own system took no part: whoever tried it there says so."""
    providers = providers_of_111(hub.hub.id)
    if not providers:
        evidence = "No 111 service is in a group of the hub here: whoever tried it at 111 says so"
        yield _finding("CHK-54", hub.hub.id, State.UNKNOWN, evidence)
    tried = last_tried(hub.hub.id)
    for provider in providers:
        steps = [tried.get((provider.id, name)) for name in OF_111]
        found = _shown("CHK-54", provider, OF_111, steps, now, works_here=True)
        if found.state is State.MET:
            evidence = (
                f"As {provider.name}, through the hub’s own door; 111’s own system took no part. {found.evidence}"
            )
            fix = Fix(f"Have {provider.name} book a dummy patient, and record it.", f"{MANAGER} with {provider.name}")
            yield _finding("CHK-54", hub.hub.id, State.UNKNOWN, evidence, fix)
        else:
            yield _finding("CHK-54", hub.hub.id, found.state, f"As {provider.name}. {found.evidence}", found.fix)


def _shown(
    check_id: str,
    at: OrganisationRef,
    names: Sequence[StepName],
    tried: Sequence[Tried | None],
    now: datetime,
    works_here: bool,
) -> Finding:
    there = [each for each in tried if each is not None]
    failed = next((each for each in there if not each.passed and each.step.was_answered), None)
    if failed is not None:
        return _finding(check_id, at.id, State.UNMET, _of(failed), _mend(failed))
    silent = next((each for each in there if not each.passed), None)
    if silent is not None:
        return _finding(check_id, at.id, State.UNKNOWN, _of(silent), _mend(silent))
    missing = [
        name for name, each in zip(names, tried, strict=True) if each is None or now - each.at > _holds(check_id, each)
    ]
    if missing:
        return _finding(check_id, at.id, State.UNKNOWN, *_to_do(missing, there, works_here=works_here))
    newest = max(there, key=lambda each: each.at)
    return _finding(check_id, at.id, State.MET, f"{_listed(names)}: passed {_when(newest)}.")


def _holds(check_id: str, tried: Tried) -> timedelta:
    if tried.step.by_hand is not None:
        return BY_HAND_HOLDS
    turns = [often.every for often in BY_ID[check_id].often if often.every is not None]
    return min(turns, default=timedelta(days=1)) + LATE


def _to_do(missing: Sequence[StepName], there: Sequence[Tried], *, works_here: bool) -> tuple[str, Fix]:
    if not works_here:
        do = _listed(missing)
        fix = Fix(f"Do {do} with a dummy patient, and say how it went", MANAGER, "rehearsals")
        return "Nobody has said of every step how it went.", fix
    fix = Fix("Rehearse the hub with all its practices.", MANAGER, "rehearsals")
    if there:
        oldest = min(there, key=lambda each: each.at)
        return f"{oldest.step.words} passed {_when(oldest)}: that is too long ago.", fix
    return f"No rehearsal has tried this yet ({_listed(missing)}).", fix


def _of(tried: Tried) -> str:
    """A step that did not pass, in its own words."""
    by_hand = tried.step.by_hand
    if by_hand is not None:
        return f"{tried.step.words} did not go well {_when(tried)}: {by_hand.comment}"
    return f"{tried.step.words} failed {_when(tried)}: {tried.step.said}"


def _mend(tried: Tried) -> Fix:
    again = "then do the step again, and say so." if tried.step.by_hand else "then rehearse again."
    what = f"{tried.step.remedy.rstrip('.')}; {again}" if tried.step.remedy else f"Mend what the step says, {again}"
    return Fix(what, tried.step.who or MANAGER, "rehearsal", (tried.run_id,))


def _when(tried: Tried) -> str:
    by_hand = tried.step.by_hand
    how = f"by hand ({by_hand.by_name})" if by_hand is not None else f"in rehearsal {tried.run_id}"
    return f"{how} on {in_london(tried.at):%-d %B %Y at %H:%M}"


def _listed(names: Sequence[StepName]) -> str:
    words = [STEP_WORDS[name] for name in names]
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def _finding(check_id: str, target: int, state: State, evidence: str, fix: Fix | None = None) -> Finding:
    return Finding(check_id, target, state, evidence, fix, proved_by=ProofKind.REHEARSAL)
