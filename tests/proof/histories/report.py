"""The report of a run: `report.json` for machines, `report.md` for people, beside the histories that they speak of."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.proof.histories.verdict import Verdict

WHAT_LAYERS_ARE = {
    "statement": "the statements of claim, move and cancellation, by name, without gate, audit and news",
    "operation": "the operations that every door calls, whole",
    "patient": "the operations of the patients' pages, whole: links given and opened, asked anew with each call",
    "patient-door": "the patients' pages over HTTP, in a session in which a link was opened",
    "door": "the staff pages over HTTP, with session, form and gate",
    "gp-connect": "the operation of the GP Connect door, whole",
    "gp-connect-http": "GP Connect over HTTP: the served hub, its door with token and headers",
}


def keep_verdict(folder: Path, verdict: Verdict) -> None:
    """Written last, under another name first: a round is done when its verdict is there."""
    draft = folder / "verdict.draft"
    draft.write_text(json.dumps(asdict(verdict), indent=1) + "\n")
    draft.rename(folder / "verdict.json")


def kept_verdicts(run: Path) -> dict[str, Verdict]:
    """The verdicts of the rounds that are done, by the name of the round."""
    return {path.parent.name: Verdict(**json.loads(path.read_text())) for path in sorted(run.glob("*/verdict.json"))}


def keep_report(run: Path, settings: Mapping[str, Any], controls: Sequence[tuple[str, str]] = ()) -> bool:
    """Write both reports of what is done so far; whether everything holds. `controls`: name and outcome of each."""
    verdicts = kept_verdicts(run)
    holds = bool(verdicts) and all(v.holds for v in verdicts.values()) and all(said == "passed" for _, said in controls)
    document = {
        "holds": holds,
        "settings": dict(settings),
        "attempts": sum(v.attempts for v in verdicts.values()),
        "outcomes": _added(v.outcomes for v in verdicts.values()),
        "layers": _added(v.layers for v in verdicts.values()),
        "in_doubt": sum(v.in_doubt for v in verdicts.values()),
        "in_doubt_that_happened": sum(v.in_doubt_that_happened for v in verdicts.values()),
        "events": _added(v.extra for v in verdicts.values()),
        "faults": {name: v.faults for name, v in verdicts.items() if not v.holds},
        "rounds": {name: {"attempts": v.attempts, "seconds": v.seconds, "holds": v.holds} for name, v in verdicts.items()},
        "controls": dict(controls),
    }  # fmt: skip
    (run / "report.json").write_text(json.dumps(document, indent=1) + "\n")
    (run / "report.md").write_text("\n".join(_pages(run.name, document, verdicts)) + "\n")
    return holds


def _pages(name: str, document: Mapping[str, Any], verdicts: Mapping[str, Verdict]) -> Iterable[str]:
    yield f"# One slot, one booking: run {name}"
    yield ""
    yield f"**{'It holds' if document['holds'] else 'IT DOES NOT HOLD'}.** {document['attempts']:,} attempts."
    yield ""
    yield "| Check | Faults |"
    yield "|---|---|"
    for check in dict.fromkeys(check for verdict in verdicts.values() for check in verdict.faults):
        found = sum(len(verdict.faults.get(check, ())) for verdict in verdicts.values())
        yield f"| {check} | {found or 'none'} |"
    yield ""
    yield "| Layer | Attempts | What it is |"
    yield "|---|---|---|"
    for layer, many in sorted(document["layers"].items()):
        share = 100 * many / max(document["attempts"], 1)
        yield f"| {layer} | {many:,} ({share:.1f} %) | {WHAT_LAYERS_ARE.get(layer, '')} |"
    yield ""
    yield "| Answer | How often |"
    yield "|---|---|"
    for answer, many in sorted(document["outcomes"].items()):
        yield f"| {answer} | {many:,} |"
    yield ""
    yield (
        f"In doubt, because the line was cut or somebody was killed: {document['in_doubt']:,}; of these "
        f"{document['in_doubt_that_happened']:,} had happened."
    )
    if document["events"]:
        yield ""
        yield (
            "Meanwhile: " + ", ".join(f"{what} {many} times" for what, many in sorted(document["events"].items())) + "."
        )
    yield from _rounds(verdicts)
    yield from _controls(document["controls"])
    for round_, faults in document["faults"].items():
        yield ""
        yield f"## Faults of {round_}"
        for check, found in faults.items():
            for fault in found:
                yield f"- {check}: {fault}"


def _rounds(verdicts: Mapping[str, Verdict]) -> Iterable[str]:
    yield ""
    yield "| Round | Attempts | Seats | Seconds | Attempts/s | Holds |"
    yield "|---|---|---|---|---|---|"
    for name, verdict in verdicts.items():
        rate = verdict.attempts / verdict.seconds if verdict.seconds else 0
        yield (
            f"| {name} | {verdict.attempts:,} | {verdict.seats:,} | {verdict.seconds:.1f} | {rate:.0f} "
            f"| {'yes' if verdict.holds else 'NO'} |"
        )


def _controls(controls: Mapping[str, str]) -> Iterable[str]:
    if controls:
        yield ""
        yield "| Negative control, model or checker's own test | Outcome |"
        yield "|---|---|"
        for name, said in controls.items():
            yield f"| {name} | {said} |"


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(sorted(total.items()))
