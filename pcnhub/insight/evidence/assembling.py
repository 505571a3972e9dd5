"""The facts in order: the document of docs/operate/evidence.md, of which every item and part has its own digest in the manifest.

Whatever a person wrote may hold what it should not: an NHS number that could be a real person's is taken out of every text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber
from pcnhub.insight.evidence.facts import Chain, Decision, Facts, Member
from pcnhub.insight.evidence.telling import Rehearsed
from pcnhub.insight.readiness.planning import Plan
from pcnhub.insight.readiness.rules import AttestationView, Cell, CellState, Requirement, WaiverView

FORMAT = "pcnhub-evidence/1"
WITHHELD = "[NHS number withheld]"
_TEN_DIGITS = re.compile(r"(?<!\d)\d{3}[\W_]{0,3}\d{3}[\W_]{0,3}\d{4}(?!\d)")
_MACHINES_WORD = re.compile(r"[A-Za-z0-9+/=:-]{40,}")  # a digest or a key: ten digits in it are nobody's
_FOR_TESTS = ("999", "9000000")


def document(facts: Facts) -> dict[str, Any]:
    """The pack's data: objects, lists, texts, whole numbers and truths alone. The same facts give the same document."""
    grid = facts.grid
    codes = {row.organisation.id: row.organisation.ods_code for row in grid.rows}
    made: dict[str, Any] = {
        "format": FORMAT,
        "made": {
            "at": _instant(facts.made_at),
            "by": facts.made_by,
            "hub": {"ods_code": grid.hub.ods_code, "name": grid.hub.name},
            "network": grid.network_name,
            "public_key": facts.public_key,
        },
        "versions": dict(facts.versions),
        "verdict": {
            "is_ready": grid.is_ready,
            "may_go_live": not grid.standing_in_the_way and bool(grid.ready_practices),
            "settled": grid.settled,
            "asked": grid.asked,
            "blocking": [_name(cell) for cell in grid.open_cells if cell.blocks],
            "ready_practices": [each.ods_code for each in grid.ready_practices],
            "waiting_practices": [each.ods_code for each in grid.waiting_practices],
        },
        "organisations": [_member(each) for each in facts.members],
        "requirements": [_requirement(each) for each in grid.requirements],
        "items": [
            _item(cell, facts.attestations.get(_key(cell), ()), facts.waivers.get(_key(cell), ()))
            for cell in grid.cells
            if cell.state is not CellState.NOT_APPLICABLE or cell.as_of is not None
        ],
        "changes": {
            "days": facts.days,
            "rows": [
                {
                    "item": f"{each.check_id} {codes.get(each.organisation_id, str(each.organisation_id))}",
                    "at": _instant(each.at),
                    "was": each.was.value,
                    "became": each.became.value,
                    "evidence": each.evidence,
                }
                for each in facts.changes
                if each.was is not None  # a first answer is no change
            ],
        },
        "rehearsal": _rehearsal(facts.rehearsal),
        "plan": _plan(facts.plan),
        "contract": _contract(facts),
        "go_live": {
            "hub_live_since": _instant(_opened(facts.members, grid.hub.id)),
            "decisions": [_decision(each) for each in facts.decisions],
        },
        "chains": [_chain(each) for each in facts.chains],
    }
    cleaned: dict[str, Any] = _without_numbers(made)
    return cleaned


def _name(cell: Cell) -> str:
    return f"{cell.requirement.id} {cell.organisation.ods_code}"


def _key(cell: Cell) -> tuple[str, int]:
    return cell.requirement.id, cell.organisation.id


def _requirement(line: Requirement) -> dict[str, Any]:
    asks = line.attestation
    return {
        "check": line.id,
        "item": line.item,
        "title": line.title,
        "why": line.why,
        "concerns": line.concerns.value,
        "movers": [each.value for each in line.movers],
        "gate": line.gate.value,
        "lead_working_days": line.lead_days,
        "needs": list(line.needs),
        "may_be_waived": line.may_be_waived,
        "attested_by": None if asks is None else {"role": asks.role, "evidence": asks.evidence, "days": asks.days},
    }


def _item(cell: Cell, attestations: tuple[AttestationView, ...], waivers: tuple[WaiverView, ...]) -> dict[str, Any]:
    return {
        "id": _name(cell),
        "check": cell.requirement.id,
        "title": cell.requirement.title,
        "organisation": cell.organisation.ods_code,
        "state": cell.state.value,
        "gate": cell.gate.value,
        "blocks": cell.blocks,
        "proved_by": cell.proved_by.value,
        "evidence": cell.evidence,
        "who": _who(cell, attestations, waivers),
        "as_of": _instant(cell.as_of),
        "since": _instant(cell.since),
        "whose_move": cell.whose_move,
        "what_to_do": cell.fix.what if cell.fix else "",
        "attestations": [
            {
                "stated_by": each.name,
                "stated_on": _day(each.stated_on),
                "document": each.document,
                "expires_on": _day(each.expires_on),
                "recorded_by": each.recorded_by,
                "recorded_at": _instant(each.at),
                "withdrawn": each.was_withdrawn,
                "reason": each.reason,
            }
            for each in attestations
        ],
        "waivers": [
            {
                "reason": each.reason,
                "ends_on": _day(each.ends_on),
                "by": each.by_name,
                "at": _instant(each.at),
                "withdrawn": each.was_withdrawn,
            }
            for each in waivers
        ],
    }


def _who(cell: Cell, attestations: tuple[AttestationView, ...], waivers: tuple[WaiverView, ...]) -> str:
    """Who stands behind the state; statements come newest first."""
    if cell.state is CellState.WAIVED and waivers:
        return waivers[0].by_name
    if cell.state is CellState.ATTESTED and attestations:
        said = attestations[0]
        return said.name if said.name == said.recorded_by else f"{said.name}, recorded by {said.recorded_by}"
    return "PCN Hub" if cell.as_of is not None else ""


def _member(member: Member) -> dict[str, Any]:
    each = member.organisation
    return {
        "ods_code": each.ods_code,
        "name": each.name,
        "kind": str(each.kind),
        "open_since": _instant(member.opened_at),
        "adjusted_patients": member.patients,
    }


def _rehearsal(run: Rehearsed | None) -> dict[str, Any]:
    if run is None:
        return {"state": "absent", "said": "No dress rehearsal is on record."}
    return {
        "state": "run",
        "started_at": _instant(run.started_at),
        "ended_at": _instant(run.ended_at),
        "has_passed": run.has_passed,
        "trouble": run.trouble,
        "is_clean": run.is_clean,
        "left": list(run.left),
        "steps": [
            {
                "organisation": each.organisation,
                "step": each.step,
                "state": each.state,
                "took_ms": each.took_ms,
                "said": each.said,
                "remedy": each.remedy,
                "by_hand": each.by_hand,
            }
            for each in run.steps
        ],
    }


def _plan(plan: Plan | None) -> dict[str, Any]:
    if plan is None:
        return {"state": "absent", "said": "No day of going live is set."}
    codes = {row.organisation.id: row.organisation.ods_code for row in plan.grid.rows}
    return {
        "state": "made",
        "target": _day(plan.target),
        "earliest": _day(plan.earliest),
        "is_in_time": plan.is_in_time,
        "opening": {codes[key]: _day(day) for key, day in sorted(plan.opening.items())},
        "steps": [
            {
                "item": _name(step.cell),
                "needs": [f"{check} {codes[at]}" for check, at in step.needs],
                "begin_by": _day(step.latest_start),
                "done_by": _day(step.latest_done),
                "spare_working_days": step.spare,
                "is_critical": step.is_critical,
            }
            for step in plan.steps
        ],
    }


def _contract(facts: Facts) -> dict[str, Any]:
    without = [each for each in facts.members if each.organisation != facts.grid.hub and each.opened_at is None]
    return {
        "adjusted_population": facts.adjusted_population,
        "weeks": [
            {
                "begins_on": _day(week.begins_on),
                "required_minutes": week.required,
                "offered_minutes": week.offered,
                "short_minutes": week.short,
            }
            for week in facts.weeks
        ],
        "without_access": [each.organisation.ods_code for each in without],
        "patients_without_access": sum(each.patients for each in without),
    }


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "audit_sequence": decision.sequence,
        "at": _instant(decision.at),
        "by": decision.by,
        "detail": dict(decision.detail),
    }


def _chain(chain: Chain) -> dict[str, Any]:
    """In the words of `pcnhub audit verify --json`, so that `--against` takes this document as it is."""
    return {
        "organisation_id": chain.organisation.id,
        "organisation": chain.organisation.ods_code,
        "name": chain.organisation.name,
        "sequence": chain.sequence,
        "hash": chain.hash,
    }


def _opened(members: Iterable[Member], organisation_id: int) -> datetime | None:
    return next((each.opened_at for each in members if each.organisation.id == organisation_id), None)


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def _day(on: date) -> str:
    return on.isoformat()


def _without_numbers(value: Any) -> Any:
    if isinstance(value, str):
        return value if _MACHINES_WORD.fullmatch(value) else _TEN_DIGITS.sub(_withheld, value)
    if isinstance(value, dict):
        return {key: _without_numbers(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_numbers(each) for each in value]
    return value


def _withheld(found: re.Match[str]) -> str:
    try:
        number = NhsNumber(re.sub(r"\D", "", found[0]))
    except InvalidIdentifier:
        return found[0]
    return found[0] if number.startswith(_FOR_TESTS) else WITHHELD
