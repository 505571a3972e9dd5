"""The lines of an export, checked: what is in order as rows, and every fault of every line with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from pcnhub.care.patients.rules import Columns, ParsedFile, RawRow, Rejection
from pcnhub.foundations.kernel.local_time import london_instant
from pcnhub.insight.elsewhere.rules.cells import LONGEST_SLOT, CellFault, clock
from pcnhub.insight.elsewhere.rules.layout import LINE_CODES, ExportField, fields_of
from pcnhub.insight.elsewhere.rules.mapping import ExportMapping, columns_for
from pcnhub.insight.elsewhere.rules.rows import AppointmentRow, MemberRow, Row, SlotRow, SlotTypeRow, UserRow
from pcnhub.insight.elsewhere.rules.words import ExportKind

AGAIN = "Mend it in the other system, or in the file, and import the file again."
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CheckedExport:
    """`lines` with anything in them; `fields` that the file has a column for; `strange` words, by field, without a meaning."""

    kind: ExportKind
    rows: tuple[Row, ...]
    faults: tuple[Rejection, ...]
    lines: int
    fields: tuple[str, ...]
    unused: tuple[str, ...]
    strange: Mapping[str, tuple[str, ...]]

    @property
    def left_out(self) -> int:
        """Lines that are in no row, for one fault or several."""
        return len({each.line for each in self.faults})


def check_export(file: ParsedFile, mapping: ExportMapping) -> CheckedExport:
    """Every line read. Raises InvalidInput when the header can't be used; what is wrong with lines is in `faults`."""
    columns = columns_for(file.headers, mapping)
    fields = fields_of(mapping.kind)
    build = _BUILDERS[mapping.kind]
    rows: list[Row] = []
    faults: list[Rejection] = []
    strange: dict[str, dict[str, None]] = {}
    seen: set[object] = set()
    for raw in file.rows:
        found: list[Rejection] = []
        values = _values(raw, columns, fields, mapping, found, strange)
        row = build(raw, values, found) if not found else None
        if row is not None and (key := _identity(row)) is not None:
            if key in seen:
                found.append(_fault(raw, "", "", "repeated", "This stands on an earlier line, which was used.", AGAIN))
            seen.add(key)
        if found or row is None:
            faults += found
        else:
            rows.append(row)
    return CheckedExport(
        mapping.kind,
        tuple(rows),
        tuple(faults),
        len(file.rows),
        tuple(each for each in fields if each in columns.places),
        columns.unused,
        {name: tuple(words) for name, words in strange.items()},
    )


def _values(
    raw: RawRow,
    columns: Columns,
    fields: Mapping[str, ExportField],
    mapping: ExportMapping,
    faults: list[Rejection],
    strange: dict[str, dict[str, None]],
) -> Values:
    """What the cells say, by field; of an empty cell nothing. Every fault is added."""
    if len(raw.cells) != len(columns.headers):
        message, remedy = f"{LINE_CODES['wrong-cell-count']}.", "Put quotes around cells that hold the delimiter."
        faults.append(_fault(raw, "", "", "wrong-cell-count", message, remedy))
        return {}
    values: Values = {}
    for name, place in columns.places.items():
        cell, field = raw.cells[place], fields[name]
        if not cell:
            if field.is_needed:
                faults.append(
                    _fault(raw, columns.headers[place], "", "cell-empty", LINE_CODES["cell-empty"] + ".", AGAIN)
                )
            continue
        try:
            values[name] = field.read(mapping.meaning(name, cell))
        except CellFault as fault:
            # the header, not the field: it is what the reader has before them
            faults.append(_fault(raw, columns.headers[place], cell, fault.code, fault.message, fault.remedy))
            if fault.code == "word-unknown":
                strange.setdefault(name, {})[cell] = None
    if "day" in fields and "starts" not in values and "day" in values:
        _time_beside_day(raw, columns, values, faults)
    return values


def _time_beside_day(raw: RawRow, columns: Columns, values: Values, faults: list[Rejection]) -> None:
    """The time of an export that has day and time in one cell."""
    if "starts" in columns.places and any(each.column == columns.header("starts") for each in faults):
        return  # said already
    place = columns.places["day"]
    try:
        values["starts"] = clock(raw.cells[place])
    except CellFault as fault:
        faults.append(
            _fault(raw, columns.headers[place], raw.cells[place], fault.code, "It has no time of day.", fault.remedy)
        )


def _user(raw: RawRow, values: Values, faults: list[Rejection]) -> Row | None:
    parts = (values.pop("given_name", ""), values.pop("family_name", ""))
    name = values.pop("name", "") or " ".join(part for part in parts if part)
    if not name:
        faults.append(_fault(raw, "", "", "cell-empty", "The line names nobody.", AGAIN))
        return None
    return UserRow(name=name, **values)


def _slot(raw: RawRow, values: Values, faults: list[Rejection]) -> Row | None:
    day, starts = values.pop("day"), values.pop("starts")
    ends, minutes = values.pop("ends", None), values.pop("minutes", None)
    starts_at = london_instant(day, starts)
    ends_at = _end(day, starts_at, ends, minutes)
    if ends_at is None:
        remedy = "Export the column End or Minutes, and match it."
        faults.append(_fault(raw, "", "", "end-missing", f"{LINE_CODES['end-missing']}.", remedy))
        return None
    if not timedelta() < ends_at - starts_at <= timedelta(minutes=LONGEST_SLOT):
        message = f"{LINE_CODES['ends-before-start']}."
        faults.append(_fault(raw, "", f"{starts:%H:%M} to {ends or minutes}", "ends-before-start", message, AGAIN))
        return None
    channel = values.pop("channel", "")
    return SlotRow(starts_at=starts_at, ends_at=ends_at, channel=str(channel), **values)


def _end(day: date, starts_at: datetime, ends: time | None, minutes: int | None) -> datetime | None:
    if ends is not None:
        return london_instant(day, ends)
    return None if minutes is None else starts_at + timedelta(minutes=minutes)


def _appointment(raw: RawRow, values: Values, faults: list[Rejection]) -> Row:
    return AppointmentRow(starts_at=london_instant(values.pop("day"), values.pop("starts")), **values)


def _member(raw: RawRow, values: Values, faults: list[Rejection]) -> Row:
    return MemberRow(**values)


def _slot_type(raw: RawRow, values: Values, faults: list[Rejection]) -> Row:
    return SlotTypeRow(**values)


_BUILDERS: dict[ExportKind, Callable[[RawRow, Values, list[Rejection]], Row | None]] = {
    ExportKind.USERS: _user,
    ExportKind.SESSIONS: _slot,
    ExportKind.APPOINTMENTS: _appointment,
    ExportKind.TEAMS: _member,
    ExportKind.SLOT_TYPES: _slot_type,
}


def _identity(row: Row) -> object | None:
    """What a second line of it would repeat; None where two lines may be the same (two slots side by side)."""
    match row:
        case UserRow(username=username) if username:
            return username.casefold()
        case MemberRow():
            return row.practice, row.team.casefold(), row.member.casefold()
        case SlotTypeRow():
            return row.name.casefold()
    return None


def _fault(raw: RawRow, column: str, value: str, code: str, message: str, remedy: str) -> Rejection:
    return Rejection(raw.line, column, value, code, message, remedy)


def lines_of(faults: tuple[Rejection, ...]) -> Iterator[str]:
    """Each fault as one sentence, without the value: for a log, or a terminal that others see."""
    for each in faults:
        yield f"line {each.line}, {each.column or 'whole line'}: {each.code}: {each.message} {each.remedy}"
