"""Bringing a release of SNOMED CT in: copied as a whole, compared in a few statements, in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
import psycopg
from django.db import connection, transaction

from pcnhub.care.consultations.models import CodeRelease, Concept
from pcnhub.care.consultations.rules.release_files import Release, Rf2File, read_release
from pcnhub.foundations.kernel.refusals import Conflict

AT_A_TIME = 50_000  # rows between two words to whoever waits

CONCEPTS = """
insert into consultations_concept (code, term, kind, source, release_id, is_active)
select code, term, kind, %(source)s, %(release)s, true from consultations_codearrival
on conflict (code) do update
set term = excluded.term, kind = excluded.kind, source = excluded.source, release_id = excluded.release_id, is_active = true
"""
RETIRED = """
update consultations_concept c set is_active = false
where c.is_active and (
  c.code = any(%(retired)s)
  or c.release_id is not null and not exists (select from consultations_codearrival a where a.code = c.code)
)
"""
FOUND_NO_MORE = """
delete from consultations_description d using consultations_concept c
where c.code = d.concept_id and (not c.is_active or c.release_id is not null)
"""


@dataclass(frozen=True, slots=True)
class CodesImported:
    """What a release did: concepts that can be chosen now, terms that find them, and how many concepts are new, renamed and
    retired. `relationships`: how often it says of a concept that it is another; 0: its relationship file was not given.
    `is_known`: the same files were in use already, and nothing changed. `older_than`: the newer release that it replaces."""

    name: str
    effective_on: date | None
    concepts: int
    descriptions: int
    added: int
    renamed: int
    retired: int
    relationships: int = 0
    is_known: bool = False
    older_than: str = ""


class OlderRelease(Conflict):
    """A newer release is in use: its concepts would be retired, and what was written with them could not be written again."""

    code = "older-code-release"
    remedy = "If you mean to go back, say so: --force."
    who_can = "whoever runs this installation of PCN Hub"


def import_codes(
    *,
    now: datetime,
    name: str,
    files: Sequence[Rf2File],
    dry_run: bool = False,
    force: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> CodesImported:
    """Make these RF2 snapshots the code list in use. The same files again change nothing.

    A code that the release no longer has active can't be chosen, and what was written with it stays. Until the transaction
    ends, searches answer from the release before. `force` lets an older release take the place of a newer one. Raises
    InvalidInput with every problem of every file, OlderRelease.
    """
    digest = hashlib.sha256(b"".join(hashlib.sha256(each.content).digest() for each in files)).hexdigest()
    known = CodeRelease.objects.order_by("-pk").first()
    if known is not None and known.sha256 == digest:
        return CodesImported(known.name, known.effective_on, known.concepts, known.descriptions, 0, 0, 0, is_known=True)
    say("Reading the files")
    release = read_release(files)
    effective_on = datetime.strptime(release.effective, "%Y%m%d").date()  # noqa: DTZ007 - a day, no instant
    newer = (
        known if known is not None and known.effective_on is not None and known.effective_on > effective_on else None
    )
    if newer is not None and not (force or dry_run):
        raise OlderRelease(
            f"{name} is of {effective_on:%-d %B %Y}, and {newer.name}, of {newer.effective_on:%-d %B %Y}, is in use."
        )
    counts = _counts(release)
    if not dry_run:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtext('consultations.import-codes'))")
            row = CodeRelease.objects.create(
                name=name,
                sha256=digest,
                effective_on=effective_on,
                concepts=release.concepts.height,
                descriptions=release.descriptions.height,
                relationships=release.parents.height,
                imported_at=now,
            )
            _take_in(release, row, cursor, say)
    return CodesImported(
        name,
        effective_on,
        release.concepts.height,
        release.descriptions.height,
        counts[0],
        counts[1],
        counts[2],
        relationships=release.parents.height,
        older_than=newer.name if newer else "",
    )


def _take_in(release: Release, row: CodeRelease, cursor: Any, say: Callable[[str], None]) -> None:
    cursor.execute("delete from consultations_codearrival")
    _copy("consultations_codearrival", release.concepts, ("code", "term", "kind"), say, "concepts")
    say("Comparing with the list in use")
    cursor.execute(RETIRED, {"retired": sorted(release.retired)})
    cursor.execute(CONCEPTS, {"source": row.name, "release": row.pk})
    cursor.execute(FOUND_NO_MORE)
    terms = release.descriptions.rename({"code": "concept_id"})
    _copy("consultations_description", terms, ("concept_id", "term", "letters", "words"), say, "terms")
    cursor.execute("delete from consultations_codearrival")
    if (
        release.parents.height
    ):  # without that file what an earlier release said stays: nothing is asked for less than before
        cursor.execute("delete from consultations_isa")
        _copy("consultations_isa", release.parents, ("child", "parent"), say, "relationships")
    say("Finishing")


def _copy(table: str, rows: pl.DataFrame, columns: tuple[str, ...], say: Callable[[str], None], what: str) -> None:
    command = f"copy {table} ({', '.join(columns)}) from stdin with (format csv)"
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor, cursor.copy(command) as copy:
        for first in range(0, rows.height, AT_A_TIME):
            part = rows.select(columns).slice(first, AT_A_TIME)
            copy.write(part.write_csv(include_header=False, quote_style="always"))
            say(f"{min(first + AT_A_TIME, rows.height):,} of {rows.height:,} {what}")


def _counts(release: Release) -> tuple[int, int, int]:
    """New, renamed, retired, against the list as it stands."""
    schema = {"code": pl.String, "before": pl.String, "release": pl.Int64}
    rows = list(Concept.objects.filter(is_active=True).values_list("code", "term", "release"))
    held = pl.DataFrame(rows, schema=schema, orient="row")
    both = release.concepts.join(held, on="code", how="left")
    gone = held.join(release.concepts, on="code", how="anti")
    retired = gone.filter(pl.col("release").is_not_null() | pl.col("code").is_in(list(release.retired)))
    return (
        both.filter(pl.col("before").is_null()).height,
        both.filter(pl.col("before") != pl.col("term")).height,
        retired.height,
    )
