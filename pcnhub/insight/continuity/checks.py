"""What readiness asks of the continuity pack: is there one, and how old is it (`domain.md` 12D, CHK-D4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from pcnhub.care.organisations.queries import NetworkView
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.findings import Finding, Fix, State
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.insight.continuity.configuration import has_place, interval, is_set_up
from pcnhub.insight.continuity.queries import standing_of

CODE = "CHK-D12"
WHO = "whoever runs this installation"
MISSED = 3
"""So many that were not written are no accident."""


def chk_d12(*, actor: Actor, hub: NetworkView, now: datetime) -> Iterable[Finding]:
    """A pack of this hub was written a few minutes ago, and nothing is wrong where it lies. A place that did not answer may have
    it: until the last that is known of is too old, that is unknown."""
    found = standing_of(hub_id=hub.hub.id)
    written = found.written_at if found else None
    age = now - written if written else None
    if found and found.problem:
        last = f"The last pack is of {_clock(written)}" if written else "There has never been a pack"
        since = f" since {_clock(found.problem_since)}" if found.problem_since else ""
        mend = Fix("Mend the folder or object store that it names: docs/operate/continuity.md says how.", WHO)
        is_fresh = age is not None and -interval() <= age <= interval() * MISSED
        state = State.UNKNOWN if found.is_unsure and is_fresh else State.UNMET
        yield Finding(CODE, hub.hub.id, state, f"{found.problem}{since}. {last}", mend)
    elif age is not None and -interval() <= age <= interval() * MISSED:
        evidence = (
            f"Written {_minutes(age)} ago, at {_clock(written)}: {found.appointments if found else 0} appointments"
        )
        yield Finding(CODE, hub.hub.id, State.MET, evidence)
    elif not is_set_up(hub.hub.ods_code):
        make = Fix(
            "Make a key with `pcnhub continuity key`, then set PCNHUB_CONTINUITY_FOLDER or PCNHUB_CONTINUITY_STORE, and "
            "PCNHUB_CONTINUITY_KEYS.",
            WHO,
        )
        lacking = f"no key for {hub.hub.ods_code} (PCNHUB_CONTINUITY_KEYS)" if has_place() else "no place and no key"
        evidence = f"There is {lacking} for this hub’s continuity pack: with the server away nobody has the lists"
        yield Finding(CODE, hub.hub.id, State.UNMET, evidence, make)
    else:
        evidence = f"The last pack is {_minutes(age)} old, of {_clock(written)}" if age else "No pack was written yet"
        if age is not None and age < -interval():
            evidence = f"The last pack says that it is of {_clock(written)}, which is still to come: a clock was wrong"
        run = Fix("See that `pcnhub worker` runs: it writes one every few minutes.", WHO)
        yield Finding(CODE, hub.hub.id, State.UNMET, evidence, run)


def _clock(instant: datetime | None) -> str:
    return f"{in_london(instant):%H:%M on %-d %B %Y}" if instant else "no time"


def _minutes(age: timedelta) -> str:
    minutes = max(0, int(age.total_seconds() // 60))
    return f"{minutes} minute{'' if minutes == 1 else 's'}" if minutes < 120 else f"{minutes // 60} hours"


CHECKS: dict[str, Callable[..., Iterable[Finding]]] = {CODE: chk_d12}
