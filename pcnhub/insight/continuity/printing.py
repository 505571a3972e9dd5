"""A pack for the eye: plain text, a page for a browser, or PDF to print and to write on. Knows no Django, no network."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.foundations.paper.typesetting import pdf
from pcnhub.insight.continuity.contents import Clinic, Number, Row
from pcnhub.insight.continuity.reading import Reading, headline

COLUMNS = ("Time", "Patient", "Born", "NHS number", "Telephone", "Practice", "Reason and notes", "Status")
PAPER = ("Time", "Name", "Born", "NHS number", "Telephone", "Reason", "Came?")
LINES_ON_PAPER = 6
PROTECTED = "Booked. The patient’s details are protected"
HOW_TO = (
    "Write down who comes and who does not, and everybody you book on paper. When the server is back, enter them there: "
    "Clinic list, Enter paper bookings. Then destroy this list as you do clinic lists."
)
NOT_ON_RECORD = "The hub cannot see that this list was opened: keep this page with the hub’s records of the evening."
_TEMPLATE = (Path(__file__).parent / "pack.typ").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One session: its heading, what must be known of it, and its rows, each as many words as there are columns."""

    title: str
    lines: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def as_text(reading: Reading) -> str:
    parts = [
        _title(reading),
        headline(reading.contents),
        *(f"! {each}" for each in reading.warnings),
        *_read_by(reading),
    ]
    parts += ["", HOW_TO, "", "Whom to ring", *(f"  {each}" for each in _numbers(reading))]
    for sheet in _sheets(reading):
        parts += ["", sheet.title, "=" * len(sheet.title), *sheet.lines, ""]
        parts += [" | ".join(word for word in row if word) for row in sheet.rows]
    return "\n".join(parts) + "\n"


def as_html(reading: Reading) -> str:
    """One file without anything from elsewhere: it opens with no network."""
    warnings = "".join(f"<p class=warning><strong>{escape(each)}</strong></p>" for each in reading.warnings)
    sheets = "".join(_html_sheet(sheet) for sheet in _sheets(reading)) or "<p>No session in these days.</p>"
    return (
        f'<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>{escape(_title(reading))}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><style>'
        "body{font:1rem/1.4 sans-serif;margin:1rem;color:#212b32}table{border-collapse:collapse;width:100%}"
        "th,td{border:1px solid #4c6272;padding:.3rem;text-align:left;vertical-align:top}.warning{border:3px solid #d5281b;"
        "padding:.5rem}.wide{overflow-x:auto}td{height:1.8rem}section{break-before:page}@media print{body{font-size:9pt}}"
        f"</style></head><body><main><h1>{escape(_title(reading))}</h1><p><strong>{escape(headline(reading.contents))}</strong>"
        f"</p>{warnings}{_paragraphs(_read_by(reading))}<p>{escape(HOW_TO)}</p><h2>Whom to ring</h2>"
        f"<ul>{''.join(f'<li>{escape(each)}</li>' for each in _numbers(reading))}</ul>{sheets}</main></body></html>\n"
    )


def as_pdf(reading: Reading) -> bytes:
    """Tagged PDF, a page for each session, with lines to write on."""
    return pdf(
        _TEMPLATE,
        values={
            "title": _title(reading),
            "headline": headline(reading.contents),
            "warnings": list(reading.warnings),
            "read_by": _read_by(reading),
            "how_to": HOW_TO,
            "numbers": _numbers(reading),
            "columns": COLUMNS,
            "paper": PAPER,
            "lines_on_paper": LINES_ON_PAPER,
            "sheets": [{"title": sheet.title, "lines": sheet.lines, "rows": sheet.rows} for sheet in _sheets(reading)],
        },
    )


def _title(reading: Reading) -> str:
    return f"Continuity pack of {reading.contents.hub} ({reading.contents.hub_ods})"


def _read_by(reading: Reading) -> list[str]:
    at = f"{in_london(reading.at):%H:%M on %-d %B %Y}"
    return [
        f"Opened by {reading.by} at {at}, because: {reading.why}",
        f"File {reading.file_name}, SHA-256 {reading.sha256}",
        NOT_ON_RECORD,
    ]


def _numbers(reading: Reading) -> list[str]:
    contents = reading.contents
    sites = {each.site: each.site_phone for each in contents.clinics if each.site}
    places = [Number(name=name, phone=phone) for name, phone in sorted(sites.items())]
    hub = Number(name=contents.hub, phone=contents.hub_phone)
    return [*contents.call, *map(_number, (hub, *places, *contents.practices)), *map(_manager, contents.managers)]


def _number(of: Number) -> str:
    return f"{of.name}: {of.phone or 'no telephone number is kept'}"


def _manager(of: Number) -> str:
    return f"Manager at the hub: {of.name}" + (f", {of.email}" if of.email else "")


def _sheets(reading: Reading) -> list[Sheet]:
    return [_sheet(each) for each in reading.contents.clinics]


def _sheet(clinic: Clinic) -> Sheet:
    starts, ends = in_london(clinic.starts_at), in_london(clinic.ends_at)
    who = ", ".join(clinic.holders) or "Nobody holds it"
    free = sum(row.is_free for row in clinic.rows)
    return Sheet(
        title=f"{starts:%A %-d %B %Y}, {starts:%H:%M} to {ends:%H:%M}: {who}",
        lines=(
            f"{clinic.name}. {clinic.practitioner}, {clinic.channel}.",
            ". ".join(part for part in (clinic.site, clinic.site_address) if part),
            f"{len(clinic.rows) - free} of {len(clinic.rows)} slots taken or closed, {free} free for bookings on paper.",
        ),
        rows=tuple(_cells(row) for row in clinic.rows),
    )


def _cells(row: Row) -> tuple[str, ...]:
    time = f"{in_london(row.starts_at):%H:%M}"
    if row.is_protected or row.continues:
        said = PROTECTED if row.is_protected else "The same appointment goes on"
        return (time, said, "", "", "", "", row.note, row.words)
    person = row.person
    if person is None:
        return (time, "", "", "", "", "", row.slot_type if row.is_free else "", row.words)
    return (
        time,
        ". ".join(part for part in (person.name, person.warning) if part),
        f"{person.born:%d-%b-%Y}" if person.born else "",
        person.nhs_number,
        ", ".join(person.phones),
        person.practice,
        ". ".join(part for part in (row.note, row.reason, row.notes) if part),
        row.words,
    )


def _html_sheet(sheet: Sheet) -> str:
    title = escape(sheet.title)
    body = "".join(f"<tr>{''.join(f'<td>{escape(word)}</td>' for word in row)}</tr>" for row in sheet.rows)
    blank = f"<tr>{'<td></td>' * len(PAPER)}</tr>" * LINES_ON_PAPER
    return (
        f"<section><h2>{title}</h2>{_paragraphs(sheet.lines)}{_table(title, COLUMNS, body)}"
        f"<h3>Booked on paper</h3>{_table(f'Booked on paper, {title}', PAPER, blank)}</section>"
    )


def _table(caption: str, columns: Iterable[str], body: str) -> str:
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in columns)
    return (
        f'<div class=wide tabindex=0 role=region aria-label="{caption}"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _paragraphs(lines: Iterable[str]) -> str:
    return "".join(f"<p>{escape(each)}</p>" for each in lines)
