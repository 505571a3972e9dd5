"""The document for people: a PDF made of nothing but what the JSON holds, so that the two can't say different things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.foundations.paper.typesetting import pdf
from pcnhub.insight.evidence.sealing import canonical, digest

STATES = {
    "met": "Met", "attested": "Attested", "waived": "Waived", "unmet": "Not met", "unknown": "Unknown",
    "not-applicable": "Not applicable", "not-yet": "Not yet in this release",
}  # fmt: skip
PROOFS = {
    "state": "by the system’s own tables", "probe": "by a real call", "import": "by another system’s export",
    "rehearsal": "by rehearsal", "attestation": "by statement", "nothing": "not proved",
}  # fmt: skip
GATES = {
    "hub": "holds up the hub’s go-live", "practice": "holds up the practice’s opening",
    "shift": "affects the next session", "warning": "warning",
}  # fmt: skip


def pages_of(document: Mapping[str, Any]) -> bytes:
    """The pack as a tagged PDF (PDF/UA-1); the same document gives the same bytes."""
    return pdf(_template(), values=values_of(document))


@cache
def _template() -> str:
    return Path(__file__).with_name("evidence.typ").read_text(encoding="utf-8")


def values_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """The words of the pages, in their order."""
    made, verdict = document["made"], document["verdict"]
    names = {each["ods_code"]: each["name"] for each in document["organisations"]}
    titles = {each["check"]: each["title"] for each in document["requirements"]}
    return {
        "title": f"Evidence pack: {made['hub']['name']}",
        "network": made["network"],
        "facts": [
            ["Hub", f"{made['hub']['name']} ({made['hub']['ods_code']})"],
            ["Made", f"{clock(made['at'])}, by {made['by']}"],
            ["Settled", f"{verdict['settled']} of {verdict['asked']} lines of the checklist"],
            ["Practices ready", _named(verdict["ready_practices"], names)],
            ["Practices that wait", _named(verdict["waiting_practices"], names)],
            ["Live since", clock(document["go_live"]["hub_live_since"]) or "not live"],
        ],
        "verdict": _verdict(verdict),
        "blocking": [_item_named(each, titles, names) for each in verdict["blocking"]],
        "contract": _contract(document["contract"], names),
        "decisions": [_decision(each, names) for each in document["go_live"]["decisions"]],
        "organisations": [_organisation(each, document["items"]) for each in document["organisations"]],
        "statements": list(_statements(document["items"], titles, names)),
        "changes": [_change(each, names) for each in document["changes"]["rows"]],
        "days": str(document["changes"]["days"]),
        "rehearsal": _rehearsal(document["rehearsal"], names),
        "plan": _plan(document["plan"], titles, names),
        "chains": [
            [each["organisation"], str(each["sequence"]), each["hash"] or "none"] for each in document["chains"]
        ],
        "versions": [[name, words] for name, words in document["versions"].items()],
        "public_key": made["public_key"],
        "sha256": digest(canonical(document)),
    }


def clock(text: str | None) -> str:
    """An instant of the document as people here read it."""
    return f"{in_london(datetime.fromisoformat(text)):%-d %B %Y, %H:%M}" if text else ""


def _day(text: str) -> str:
    return f"{date.fromisoformat(text):%-d %B %Y}"


def _named(codes: Iterable[str], names: Mapping[str, str]) -> str:
    return ", ".join(f"{names.get(code, code)} ({code})" for code in codes) or "none"


def _item_named(item: str, titles: Mapping[str, str], names: Mapping[str, str]) -> str:
    check, _, code = item.partition(" ")
    return f"{check} {titles.get(check, '')}, {names.get(code, code)}"


def _verdict(verdict: Mapping[str, Any]) -> str:
    if verdict["is_ready"]:
        return "Ready: nothing blocks the hub or any of its practices."
    number = len(verdict["blocking"])
    also = " The hub may go live with the practices that are ready." if verdict["may_go_live"] else ""
    return f"Not ready: {number} {'line blocks' if number == 1 else 'lines block'}.{also}"


def _contract(contract: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    without = contract["without_access"]
    access = (
        f"Without access: {_named(without, names)}, {contract['patients_without_access']:,} patients. "
        "The contract asks for access for all of them."
        if without
        else "Every practice of the network has access."
    )
    return {
        "population": f"{contract['adjusted_population']:,}",
        "access": access,
        "weeks": [
            [_day(week["begins_on"]), *(f"{week[f'{kind}_minutes']:,}" for kind in ("required", "offered", "short"))]
            for week in contract["weeks"]
        ],
    }


def _decision(decision: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    detail = decision["detail"]
    opened = detail.get("opened_now", detail.get("opened", ()))
    words = f"Opened: {_named(opened, names)}. Left waiting: {_named(detail.get('waiting', ()), names)}."
    if detail.get("waived"):
        words += f" Waived then: {', '.join(detail['waived'])}."
    if detail.get("minutes"):
        words += f" Minutes offered of those required: {', '.join(detail['minutes'])}."
    return [clock(decision["at"]), decision["by"], words, str(decision["audit_sequence"])]


def _organisation(each: Mapping[str, Any], items: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    since = clock(each["open_since"])
    return {
        "name": f"{each['name']} ({each['ods_code']})",
        "standing": f"Open since {since}." if since else "Not open.",
        "items": [_item(item) for item in items if item["organisation"] == each["ods_code"]],
    }


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    move = f"Whose move: {item['whose_move']}. {item['what_to_do']}".strip() if item["whose_move"] else ""
    when = " ".join(
        part
        for part in (
            item["who"] and f"{item['who']}.",
            item["as_of"] and f"As of {clock(item['as_of'])}.",
            item["since"] and f"Since {clock(item['since'])}.",
        )
        if part
    )
    return {
        "check": item["check"],
        "title": item["title"],
        "state": STATES[item["state"]],
        "open": item["state"] in ("unmet", "unknown"),
        "proof": PROOFS[item["proved_by"]],
        "gate": GATES[item["gate"]] if item["blocks"] else "",
        "evidence": item["evidence"],
        "when": when,
        "move": move,
    }


def _statements(
    items: Iterable[Mapping[str, Any]], titles: Mapping[str, str], names: Mapping[str, str]
) -> Iterable[list[str]]:
    for item in items:
        where = _item_named(item["id"], titles, names)
        for each in item["attestations"]:
            kind = "Statement withdrawn" if each["withdrawn"] else "Statement"
            words = f"{each['document']}. {each['reason']}".strip()
            who = f"{each['stated_by']} on {_day(each['stated_on'])}; recorded by {each['recorded_by']}"
            yield [where, kind, who, words, _day(each["expires_on"])]
        for each in item["waivers"]:
            kind = "Waiver ended" if each["withdrawn"] else "Waiver"
            yield [where, kind, f"{each['by']}, {clock(each['at'])}", each["reason"], _day(each["ends_on"])]


def _change(row: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    check, _, code = row["item"].partition(" ")
    change = f"{STATES[row['was']]} → {STATES[row['became']]}"
    return [clock(row["at"]), f"{check}, {names.get(code, code)}", change, row["evidence"]]


def _rehearsal(run: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    if run["state"] == "absent":
        return {"said": run["said"], "steps": []}
    ended = clock(run["ended_at"]) or "not to its end"
    passed = "everything passed" if run["has_passed"] else "not everything passed"
    clean = (
        "kept to be looked at" if run["is_clean"] is None else "nothing is left of it" if run["is_clean"] else
        f"left: {', '.join(run['left'])}"
    )  # fmt: skip
    steps = [
        [
            names.get(each["organisation"], each["organisation"]),
            each["step"],
            each["state"] if each["took_ms"] is None else f"{each['state']}, {each['took_ms']:,} ms",
            " ".join(part for part in (each["said"], each["remedy"], each["by_hand"]) if part),
        ]
        for each in run["steps"]
    ]
    said = f"Begun {clock(run['started_at'])}, ended {ended}: {passed}, {clean}. {run['trouble']}"
    return {"said": said, "steps": steps}


def _plan(plan: Mapping[str, Any], titles: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    if plan["state"] == "absent":
        return {"said": plan["said"], "steps": []}
    said = f"Going live on {_day(plan['target'])}; at the earliest {_day(plan['earliest'])}."
    steps = [
        [
            _item_named(each["item"], titles, names),
            _day(each["begin_by"]),
            _day(each["done_by"]),
            str(each["spare_working_days"]),
        ]
        for each in plan["steps"]
    ]
    return {"said": said, "steps": steps}
