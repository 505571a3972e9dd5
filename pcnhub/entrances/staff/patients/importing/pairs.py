"""Two of one: a row beside whom it may be, and two practices' words of one person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pcnhub.care.patients.queries import ClaimedView, DuplicateView
from pcnhub.connections.pds.claiming import Said
from pcnhub.entrances.staff.patients.importing.words import field_words, value_words
from pcnhub.entrances.staff.patients.pages import clock
from pcnhub.foundations.kernel.identifiers import NhsNumber

_ANSWERS = {None: ("Nobody has looked", "orange"), True: ("Same person", "green"), False: ("Different people", "grey")}
SAID = {
    Said.DECIDED: "The Personal Demographics Service says where the person is registered. The hub’s registration follows that "
    "practice.",
    Said.UNKNOWN: "The Personal Demographics Service has nobody under this number now. Ask both practices to trace the person.",
    Said.ANOTHER: "The Personal Demographics Service has somebody with another name or date of birth under this number. Ask the "
    "practices which list has the wrong number.",
    Said.DECEASED: "The Personal Demographics Service says that the person has died. Ask both practices to end the registration.",
    Said.WITHHELD: "The Personal Demographics Service does not tell where this person is registered. Ask the practices.",
    Said.ELSEWHERE: "The Personal Demographics Service has the person at neither of these practices. Ask the practices.",
}
_TOLD_AS = {"mobile_phone": "phone", "home_phone": "phone", "work_phone": "phone"}


@dataclass(frozen=True, slots=True)
class Pair:
    """`facts`: what about the person, what the file says, what is held; `name` and `number` are of whom the practice holds."""

    id: int
    line: int
    patient_id: int | None
    name: str
    number: str
    score: int
    agreeing: str
    state: str
    colour: str
    facts: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A person whom several practices hold: what each says, heading and text, and what was decided."""

    key: str
    name: str
    number: str
    state: str
    colour: str
    decided: str
    claims: tuple[tuple[tuple[str, str], ...], ...]
    practices: tuple[tuple[int, str], ...]
    chosen: int | None


def pair(each: DuplicateView) -> Pair:
    state, colour = _ANSWERS[each.is_same]
    return Pair(
        id=each.id,
        line=each.line,
        patient_id=each.patient_id,
        name="a protected patient" if each.is_withheld else each.name,
        number=NhsNumber(each.nhs_number).spaced if each.nhs_number else "",
        score=each.score,
        agreeing=", ".join(field_words(name).lower() for name in each.agreeing),
        state=state,
        colour=colour,
        facts=tuple(_facts(each)),
    )


def _facts(each: DuplicateView) -> Iterator[tuple[str, str, str]]:
    """What the file says that tells people apart; of whom is held, no more than name and date of birth."""
    row = each.row
    given = f"{row.get('family_name', '').upper()}, {row.get('given_name', '')}"
    held = f"{each.birth_date:%-d %B %Y}" if each.birth_date else "Not shown"
    yield "Name", given if row else "Not shown", each.name or "Not shown"
    yield "Date of birth", value_words(row.get("birth_date", "")) if row else "Not shown", held
    for name in ("sex", "postcode", "mobile_phone", "home_phone", "email"):
        if name in row:
            yield (
                field_words(name),
                row[name],
                "Agrees" if _TOLD_AS.get(name, name) in each.agreeing else "Differs, or is not held",
            )


def claimed(each: ClaimedView) -> Claimed:
    decision = each.decision
    names = {claim.practice.id: claim.practice.name for claim in each.claims}
    decided = ""
    if decision:
        whose = "the Personal Demographics Service" if decision.source == "pds" else decision.decided_by
        at = names.get(decision.practice_id, "a practice that no longer claims the person")
        reason = f": {decision.reason}" if decision.reason else ""
        decided = f"Registered at {at}, says {whose}, {clock(decision.decided_at)}{reason}"
    return Claimed(
        key=each.nhs_number,
        name=each.claims[0].name,
        number=NhsNumber(each.nhs_number).spaced,
        state="Decided" if decision else "To be decided",
        colour="green" if decision else "orange",
        decided=decided,
        claims=tuple(
            (
                ("Practice", claim.practice.name),
                ("Name there", claim.name),
                ("Born", f"{claim.birth_date:%-d %b %Y}"),
                ("Registered since", f"{claim.registered_on:%-d %b %Y}"),
            )
            for claim in each.claims
        ),
        practices=tuple(names.items()),
        chosen=decision.practice_id if decision else None,
    )
