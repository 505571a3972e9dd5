"""What a practice settled for Consultation Write Back, and whether it still holds."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.queries import PositionView
from pcnhub.care.organisations.rules import PrescriberCodeKind
from pcnhub.care.sharing.models import Party
from pcnhub.care.sharing.rules import PRESCRIBING_JOB_CATEGORY, AgreementKind, Side
from pcnhub.foundations.kernel.refusals import Problem


@dataclass(frozen=True, slots=True)
class WriteBackSettings:
    """`prescribing` is given even when it no longer holds; `problems` then says so, naming value and remedy."""

    practice_id: int
    formulary: str
    prescribing: PositionView | None
    problems: tuple[Problem, ...]


def write_back_settings(*, practice_id: int, hub_id: int, day: date) -> WriteBackSettings:
    """The practice's formulary and prescribing user under the hub's agreement, with all that is wrong with them."""
    return write_back_settings_of_all(practice_ids=[practice_id], hub_id=hub_id, day=day)[practice_id]


def write_back_settings_of_all(
    *, practice_ids: Collection[int], hub_id: int, day: date
) -> dict[int, WriteBackSettings]:
    """`write_back_settings` for several practices, in as many statements as for one."""
    parties = {
        party.organisation_id: party
        for party in Party.objects.filter(
            agreement__hub=hub_id,
            agreement__kind=AgreementKind.WRITE_BACK,
            organisation__in=practice_ids,
            side=Side.GIVES,
        ).order_by("joined_on", "pk")  # the newest comes last, and stays
    }
    chosen = [party.prescribing_position_id for party in parties.values() if party.prescribing_position_id]
    positions = {view.id: view for view in organisations.positions(ids=chosen, day=day)}
    found = {}
    for practice_id in practice_ids:
        party = parties.get(practice_id)
        formulary = party.formulary if party else ""
        prescribing = positions.get(party.prescribing_position_id or 0) if party else None
        problems = problems_with(formulary, prescribing, practice_id=practice_id)
        found[practice_id] = WriteBackSettings(practice_id, formulary, prescribing, problems)
    return found


def problems_with(formulary: str, prescribing: PositionView | None, *, practice_id: int) -> tuple[Problem, ...]:
    """Everything that keeps these settings from being right (`domain.md` 12A.5)."""
    return tuple(_problems(formulary, prescribing, practice_id))


def may_prescribe_for_copies(*, practice_id: int, day: date) -> tuple[PositionView, ...]:
    """The positions of a practice that can be its prescribing user."""
    return tuple(
        position
        for position in organisations.positions_at(organisation_id=practice_id, day=day)
        if not problems_with("any", position, practice_id=practice_id)
    )


def _problems(formulary: str, prescribing: PositionView | None, practice_id: int) -> Iterator[Problem]:
    field = "prescribing_position_id"
    if not formulary.strip():
        yield Problem("formulary", "missing", "No formulary is chosen.", "Enter the practice's local formulary.")
    if prescribing is None:
        yield Problem(field, "missing", "No prescribing user is chosen.", "Choose a GP of the practice.")
        return
    if prescribing.organisation.id != practice_id:
        yield Problem(
            field, "not-of-the-practice", "The prescribing user is not of this practice.", "Choose one who is."
        )
    if not prescribing.is_active:
        yield Problem(field, "position-not-held", prescribing.why_inactive, "Choose somebody who is there now.")
    if prescribing.job_category != PRESCRIBING_JOB_CATEGORY:
        yield Problem(
            field,
            "wrong-job-category",
            f"The prescribing user's job category is not {PRESCRIBING_JOB_CATEGORY}.",
            "Choose a GP, or mend the position on the people page.",
            prescribing.job_category,
        )
    if prescribing.prescriber_code_kind != PrescriberCodeKind.GMP:
        yield Problem(
            field,
            "no-gmp-code",
            "The prescribing user has no GMP prescriber code.",
            "Add it to the position on the people page.",
            prescribing.prescriber_code_kind,
        )
