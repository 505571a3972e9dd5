"""Writing a hub's pack, and keeping how that went."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q

from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.insight.continuity.contents import encode
from pcnhub.insight.continuity.gathering import gather
from pcnhub.insight.continuity.keys import PublicKey
from pcnhub.insight.continuity.models import PackState
from pcnhub.insight.continuity.places import Aside, Place, PlaceAway, name_of
from pcnhub.insight.continuity.sealing import seal

log = logging.getLogger(__name__)

OLD_ONES_STAY = "Old packs can’t be removed"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where packs go, who can read them, whom to ring, and for how long they are kept."""

    places: tuple[Place, ...]
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


@dataclass(frozen=True, slots=True)
class _Trouble:
    """What stood in the way at one place. `is_unsure`: the place did not answer, and may have the pack."""

    words: str
    is_unsure: bool = False


def write_pack(*, actor: Actor, now: datetime, to: Destination) -> str:
    """Write the acting hub's pack to each place, and say what stood in the way: empty when it is there and the old ones are gone.

    No transaction is open while a disk or a network works. What is on record is there: a folder's pack gets its name last, in
    the transaction that puts it on record; a store's has told of itself before. When anything fails at one place, the pack
    before it stays as it is there, and the other place has its own.
    """
    hub = actor.organisation.ods_code
    contents = gather(actor=actor, now=now, call=to.call)
    sealed = seal(encode(contents), to=to.key, hub=hub, made_at=now)
    told = {
        "sha256": hashlib.sha256(sealed).hexdigest(),
        "appointments": contents.patients,
        "sessions": len(contents.clinics),
    }
    troubles = [_write(actor, now, place, sealed, told, to.keep) for place in to.places]
    return _note(actor, now, [trouble for trouble in troubles if trouble])


def _write(
    actor: Actor, now: datetime, place: Place, sealed: bytes, told: dict[str, Any], keep: timedelta
) -> _Trouble | None:
    hub = actor.organisation.ods_code
    try:
        with place.put_aside(name_of(hub=hub, made_at=now), sealed) as aside:
            _stand(actor, now, place, aside, told)
    except PlaceAway as away:
        return _Trouble(str(away), away.is_unsure)
    try:
        place.remove_old(hub=hub, now=now, after=keep)
    except PlaceAway as away:
        return _Trouble(f"{OLD_ONES_STAY}: {away}")  # the pack itself is there, and that is known
    return None


def _stand(actor: Actor, now: datetime, place: Place, aside: Aside, told: dict[str, Any]) -> None:
    kept = aside.kept
    with unit_of_work(actor):
        record(
            actor=actor,
            now=now,
            action="continuity.pack-written",
            subject=Subject("continuity-pack"),
            detail={"file": kept.name, "place": place.kind, "kept_at": kept.at.isoformat(), "bytes": kept.size, **told},
        )
        PackState.objects.filter(hub_id=actor.organisation.id).update(
            written_at=now, file_name=kept.name, sha256=told["sha256"], appointments=told["appointments"]
        )
        aside.stand()


def _note(actor: Actor, now: datetime, troubles: Sequence[_Trouble]) -> str:
    """Keep what stood in the way, or that nothing did. Only what changes is news: to the audit, and to readiness."""
    problem = ". ".join(trouble.words for trouble in troubles)
    is_unsure = bool(troubles) and all(trouble.is_unsure for trouble in troubles)
    with unit_of_work(actor):
        state = PackState.objects.select_for_update().get(hub_id=actor.organisation.id)
        if (state.problem, state.is_unsure) == (problem, is_unsure):
            return problem
        is_news = bool(state.problem) != bool(problem)
        state.problem, state.problem_since = problem, (state.problem_since or now) if problem else None
        state.is_unsure = is_unsure
        state.save(update_fields=["problem", "problem_since", "is_unsure"])
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
