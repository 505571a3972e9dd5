"""Writing a hub's pack, and keeping how that went."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db.models import Q

from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.insight.continuity.contents import encode
from pcnhub.insight.continuity.folder import Aside, name_of, put_aside, remove_old, why_not
from pcnhub.insight.continuity.gathering import gather
from pcnhub.insight.continuity.keys import PublicKey
from pcnhub.insight.continuity.models import PackState
from pcnhub.insight.continuity.sealing import seal

log = logging.getLogger(__name__)

OLD_ONES_STAY = "Old packs can’t be removed"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where packs go: the folder, who can read them, whom to ring, and for how long they are kept."""

    folder: Path
    key: PublicKey
    call: tuple[str, ...] = ()
    keep: timedelta = timedelta(hours=48)


def take_turn(*, actor: Actor, now: datetime, every: timedelta) -> bool:
    """Whether this worker writes the acting hub's pack of this period: of several that ask, one is told yes."""
    seconds = int(every.total_seconds())
    began = datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=UTC)
    with unit_of_work(actor):
        _, is_first = PackState.objects.get_or_create(hub_id=actor.organisation.id, defaults={"tried_at": now})
        due = Q(tried_at__lt=began) | Q(tried_at__gt=now + every)  # a try that is still to come: a clock was wrong
        mine = PackState.objects.filter(due, hub_id=actor.organisation.id)
        return is_first or mine.update(tried_at=now) == 1


def write_pack(*, actor: Actor, now: datetime, to: Destination) -> str:
    """Write the acting hub's pack, and say what stood in the way: empty when it is there and the old ones are gone.

    No transaction is open while the disk works. What is on record is in the folder: the pack gets its name last, in the
    transaction that puts it on record. When anything fails, the pack before it stays as it is.
    """
    hub = actor.organisation.ods_code
    contents = gather(actor=actor, now=now, call=to.call)
    sealed = seal(encode(contents), to=to.key, hub=hub, made_at=now)
    name = name_of(hub=hub, made_at=now)
    try:
        with put_aside(to.folder, name, sealed) as aside:
            _stand(actor, now, aside, sealed, contents.patients, len(contents.clinics))
    except OSError as error:
        return _note(actor, now, why_not(error))
    try:
        remove_old(to.folder, hub=hub, now=now, after=to.keep)
    except OSError as error:
        return _note(actor, now, f"{OLD_ONES_STAY}: {why_not(error)}")
    return _note(actor, now, "")


def _stand(actor: Actor, now: datetime, aside: Aside, sealed: bytes, appointments: int, sessions: int) -> None:
    digest = hashlib.sha256(sealed).hexdigest()
    with unit_of_work(actor):
        record(
            actor=actor,
            now=now,
            action="continuity.pack-written",
            subject=Subject("continuity-pack"),
            detail={
                "file": aside.final.name, "sha256": digest, "bytes": len(sealed), "appointments": appointments,
                "sessions": sessions,
            },
        )  # fmt: skip
        PackState.objects.filter(hub_id=actor.organisation.id).update(
            written_at=now, file_name=aside.final.name, sha256=digest, appointments=appointments
        )
        aside.stand()


def _note(actor: Actor, now: datetime, problem: str) -> str:
    """Keep the problem, or that there is none. Only what changes is news: to the audit, and to readiness."""
    with unit_of_work(actor):
        state = PackState.objects.select_for_update().get(hub_id=actor.organisation.id)
        if state.problem == problem:
            return problem
        is_news = bool(state.problem) != bool(problem)
        state.problem, state.problem_since = problem, (state.problem_since or now) if problem else None
        state.save(update_fields=["problem", "problem_since"])
        if problem:
            log.warning("continuity pack: %s", problem, extra={"hub": actor.organisation.id})
            record(
                actor=actor, now=now, action="continuity.pack-failed", subject=Subject("continuity-pack"), reason=problem
            )  # fmt: skip
        if is_news:
            publish(
                actor=actor,
                now=now,
                fact="continuity.changed",
                key=f"{actor.organisation.id}:{now.timestamp():.0f}",
                payload={"hub_id": actor.organisation.id},
            )
    return problem
