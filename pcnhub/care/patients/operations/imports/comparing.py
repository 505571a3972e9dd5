"""What a file says beside what is held: who is new, what changes of whom, who left, died or came back, who is not named.

Reads what is held once, and changes nothing. Whoever reads the same file beside the same patients finds the same.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl
import psycopg
from django.db import connection

from pcnhub.care.patients.operations.imports.bulk import JOINT
from pcnhub.care.patients.operations.imports.reading import Stretch
from pcnhub.care.patients.rules import ChangeKind, RegistrationState, Rejection

LISTS = frozenset({"address_lines"})
FLAGS = frozenset({"is_sensitive", "dissents_from_sharing", "interpreter_required", "sms_consent"})
STATE = ("registration_state", "left_on", "died_on")
PROTECTION = ("is_sensitive", "dissents_from_sharing")
_ENDED = {"left": ChangeKind.LEFT, "deceased": ChangeKind.DECEASED}
_NULL = "\x1e"  # white space to what reads a text from a file: no text is this alone


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one person who is held. `before` and `after` have the differing columns, as JSON has them."""

    kind: ChangeKind
    line: int | None  # None: no line of the file names the person
    nhs_number: str
    patient_id: int
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(slots=True)
class Compared:
    """One stretch of the file beside what is held. `new` has the file's columns, lists as text parted by JOINT; of a file that
    another organisation brought, also the rows of people whom the practice hides from it. `kept_out` is what those say."""

    new: pl.DataFrame
    changes: list[Change] = field(default_factory=list)
    kept_out: list[Change] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)


class Comparison:
    """Of one file with the practice's patients. `columns` are the file's columns of `patients_patient`.

    Of a file that another organisation brought (`is_own` false), who is protected or objects to sharing counts as not held, in
    every number and list: it must neither change them nor learn from the answer that they are held.
    """

    def __init__(self, *, organisation_id: int, columns: Iterable[str], is_own: bool = True) -> None:
        self.columns = tuple(name for name in columns if name not in ("line", "nhs_number"))
        self.fingerprint = fingerprint_of(organisation_id)
        self.rows = self.created = self.changed = self.closed = self.rejected = self.unprotected = 0
        self.marked = 0  # of the changed: rejected rows of which the protection alone is believed
        self.kinds: Counter[ChangeKind] = Counter()
        held = _held(organisation_id, self.columns)
        is_hidden = pl.any_horizontal(pl.col(f"{name}_held") == "true" for name in PROTECTION) & pl.lit(not is_own)
        self._held, self._hidden = held.filter(~is_hidden), held.filter(is_hidden)
        self._named: list[pl.Series] = []  # who is held, and who was rejected
        self._digest = hashlib.sha256()

    def take(self, stretch: Stretch) -> Compared:
        """The next stretch, in the order of the file."""
        good = stretch.good.sort("line")
        said = _as_text(good)
        both = _beside(said, self._held)
        rejected = [each.nhs_number for each in stretch.rejections if each.nhs_number]
        self._named += [both["nhs_number"], pl.Series("nhs_number", rejected, pl.String)]
        compared = Compared(
            good.filter(~pl.col("nhs_number").is_in(both["nhs_number"].implode())).with_columns(
                *(pl.col(name).list.join(JOINT) for name in good.columns if name in LISTS),
                *(pl.col(name).fill_null(value=False) for name in good.columns if name in PROTECTION),
            )
        )
        strangers = self._compare(both, self._held, stretch, compared)
        if not self._hidden.is_empty():
            hidden = Compared(compared.new.clear())
            self._compare(_beside(said, self._hidden), self._hidden, stretch, hidden)
            compared.kept_out = hidden.changes
        compared.rejections[:] = sorted([*stretch.rejections, *compared.rejections], key=lambda each: each.line)
        self.rows += stretch.rows
        self.rejected += stretch.rejected + len(strangers)
        self._count(compared)
        return compared

    def absent(self) -> pl.DataFrame:
        """Active patients whom the file did not name: `id` and `nhs_number`. When the whole file has been taken."""
        named = pl.concat([pl.Series("nhs_number", [], pl.String), *self._named])
        active = self._held.filter(pl.col("registration_state") == RegistrationState.ACTIVE)
        return active.join(named.to_frame(), on="nhs_number", how="anti").select("id", "nhs_number")

    def end(self, absent: pl.DataFrame, *, on: date) -> list[Change]:
        """The registrations of `absent()` end on this day, as if the file had said so."""
        ended = Compared(pl.DataFrame())
        rows = absent.join(self._held.select("id", *STATE), on="id").sort("nhs_number")
        for row in rows.iter_rows(named=True):
            after = {"registration_state": RegistrationState.LEFT.value, "left_on": on.isoformat()}
            before = {name: row[name] for name in after}
            ended.changes.append(Change(ChangeKind.LEFT, None, row["nhs_number"], row["id"], before, after))
        self._count(ended)
        return ended.changes

    @cached_property
    def birth_dates(self) -> frozenset[date]:
        """On which somebody who is held was born."""
        return frozenset(self._held["birth_date_held"].unique().str.to_date())

    @property
    def sha256(self) -> str:
        """Of everything that taking this file in would do."""
        return self._digest.hexdigest()

    def _count(self, compared: Compared) -> None:
        rejected = {each.line for each in compared.rejections}
        self.created += compared.new.height
        self.kinds[ChangeKind.NEW] += compared.new.height
        for change in compared.changes:
            self.kinds[change.kind] += 1
            if change.kind in (ChangeKind.LEFT, ChangeKind.DECEASED):
                self.closed += 1
            else:
                self.changed += 1
                self.marked += change.line in rejected
                self.unprotected += change.before.get("is_sensitive") is True
            told = [change.kind, change.nhs_number, change.patient_id, change.before, change.after]
            self._digest.update(json.dumps(told, sort_keys=True).encode())
        if compared.new.height:
            out = io.BytesIO()
            compared.new.write_csv(out)
            self._digest.update(out.getbuffer())

    def _compare(self, both: pl.DataFrame, held: pl.DataFrame, stretch: Stretch, compared: Compared) -> list[int]:
        """What the stretch does to these; the lines that seem to speak of somebody else."""
        strangers = self._strangers(both, compared)
        self._alter(both.filter(~pl.col("line").is_in(strangers)) if strangers else both, compared)
        self._believe(stretch, held, compared)
        return strangers

    def _strangers(self, both: pl.DataFrame, compared: Compared) -> list[int]:
        """Another date of birth and another family name under one number: a mistyped number, not a change of both."""
        other = both.filter(pl.col("birth_date") != pl.col("birth_date_held"))
        lines = []
        for row in other.select("line", "nhs_number", "family_name", "family_name_held").iter_rows():
            line, number, family, held = row
            if family.casefold() != held.casefold():
                lines.append(line)
                compared.rejections.append(_somebody_else(line, number))
        return lines

    def _alter(self, both: pl.DataFrame, compared: Compared) -> None:
        """The file says that these are registered: one who was held as gone comes back."""
        both = both.with_columns(
            pl.lit(RegistrationState.ACTIVE.value).alias("registration_state_said"),
            pl.lit(None, pl.String).alias("left_on_said"),
            pl.lit(None, pl.String).alias("died_on_said"),
        )
        pairs = {name: (name, f"{name}_held") for name in self.columns}
        pairs |= {name: (f"{name}_said", name) for name in STATE}
        differs = {name: pl.col(said).ne_missing(pl.col(held)) for name, (said, held) in pairs.items()}
        for name in ("registered_on", *PROTECTION):
            if name in differs:  # empty: the row does not say
                differs[name] &= pl.col(name).is_not_null()
        changed = both.filter(pl.any_horizontal(differs.values()))
        flags = changed.select(differ.alias(name) for name, differ in differs.items())
        for row, differing in zip(changed.iter_rows(named=True), flags.iter_rows(named=True), strict=True):
            names = [name for name in pairs if differing[name]]
            gone = row["registration_state"] != RegistrationState.ACTIVE
            compared.changes.append(
                Change(
                    ChangeKind.RETURNED if gone else ChangeKind.CHANGED,
                    row["line"],
                    row["nhs_number"],
                    row["id"],
                    {name: _value(name, row[pairs[name][1]]) for name in names},
                    {name: _value(name, row[pairs[name][0]]) for name in names},
                )
            )

    def _believe(self, stretch: Stretch, people: pl.DataFrame, compared: Compared) -> None:
        """Of rejected rows: who left, who died, and who is protected, whatever else is wrong with the row."""
        said = {each.nhs_number: (each.line, each.birth_date, dict[str, Any]()) for each in stretch.protectings}
        said |= {each.nhs_number: (each.line, each.birth_date, dict[str, Any]()) for each in stretch.closings}
        for closing in stretch.closings:
            day = "died_on" if closing.state is RegistrationState.DECEASED else "left_on"
            said[closing.nhs_number][2].update(registration_state=closing.state.value, **{day: closing.day.isoformat()})
        for protecting in stretch.protectings:
            said[protecting.nhs_number][2].update(dict.fromkeys(protecting.columns, True))
        for row in people.filter(pl.col("nhs_number").is_in(list(said))).iter_rows(named=True):
            number = row["nhs_number"]
            line, birth_date, words = said[number]
            if row["birth_date_held"] != birth_date.isoformat():
                continue
            held = {name: row[name] if name in STATE else row[f"{name}_held"] == "true" for name in words}
            after = {name: value for name, value in words.items() if held[name] != value}
            if after:
                ends = not after.keys().isdisjoint(STATE)
                kind = _ENDED[words["registration_state"]] if ends else ChangeKind.CHANGED
                compared.changes.append(
                    Change(kind, line, number, row["id"], {name: held[name] for name in after}, after)
                )


def fingerprint_of(organisation_id: int) -> str:
    """Of all patients held: while it stays, what a file changes stays. Each change of a patient counts up a version."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*), coalesce(bit_xor(hashint8extended(id, version)), 0) from patients_patient"
            " where organisation_id = %s",
            [organisation_id],
        )
        count, mixed = cursor.fetchone()
    return f"{count}:{mixed}"


def _held(organisation_id: int, columns: Iterable[str]) -> pl.DataFrame:
    """Everyone held, every column as text: `id`, `nhs_number`, STATE, and the file's columns with `_held` behind them."""
    names = list(dict.fromkeys([*columns, "birth_date", "family_name", *PROTECTION]))
    texts = [f"array_to_string({name}, chr(31))" if name in LISTS else f"{name}::text" for name in names]
    shown = ["id", "nhs_number", *(f"{name}::text" for name in STATE), *texts]
    query = f"select {', '.join(shown)} from patients_patient where organisation_id = {int(organisation_id)}"  # noqa: S608 - our own names
    schema: dict[str, Any] = {"id": pl.Int64, "nhs_number": pl.String} | dict.fromkeys(STATE, pl.String)
    schema |= dict.fromkeys((f"{name}_held" for name in names), pl.String)
    out = io.BytesIO()
    connection.ensure_connection()
    command = f"copy ({query}) to stdout with (format csv, null '{_NULL}', force_quote *)"
    with psycopg.Cursor(connection.connection) as cursor, cursor.copy(command) as copy:
        for part in copy:
            out.write(part)
    content = out.getvalue()
    if not content:
        return pl.DataFrame(schema=schema)
    return pl.read_csv(
        content,
        has_header=False,
        new_columns=list(schema),
        schema_overrides=list(schema.values()),
        null_values=_NULL,
        empty_string_is_null=False,
    )


def _beside(said: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    return said.join(held, on="nhs_number", how="inner", suffix="_held", maintain_order="left")


def _as_text(good: pl.DataFrame) -> pl.DataFrame:
    """As PostgreSQL writes them: days as 1980-12-31, flags as true and false."""
    return good.with_columns(
        pl.col(name).list.join(JOINT) if name in LISTS else pl.col(name).cast(pl.String)
        for name in good.columns
        if name != "line"
    )


def _value(name: str, text: str | None) -> Any:
    if text is None:
        return None
    if name in LISTS:
        return text.split(JOINT) if text else []
    return text == "true" if name in FLAGS else text


def _somebody_else(line: int, number: str) -> Rejection:
    return Rejection(
        line,
        "NHS number",
        number,
        "another-person",
        "This number is held for a person with another family name and another date of birth.",
        "Check the number in the practice's system. If one of the two has really changed, import that change first.",
        number,
    )
