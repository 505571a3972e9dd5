"""A practice's documents come in, with an index that says whose each is. All of it, or nothing; twice changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.documents.operations.attaching import PERMISSION, from_source, judged, newest_of
from pcnhub.care.documents.rules import DocumentSource, IndexRow, read_index
from pcnhub.care.organisations.rules import OrganisationKind
from pcnhub.care.patients.queries import PatientView, registration_with
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, NotPermitted, Problem

Reader = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class DocumentsImport:
    """How many documents were new, newer versions of known ones, and as before."""

    new: int = 0
    newer: int = 0
    unchanged: int = 0


def import_documents(
    *, actor: Actor, now: datetime, index: bytes, files: Mapping[str, Reader], dry_run: bool = False
) -> DocumentsImport:
    """Take the documents that `index` (CSV, `rules.INDEX`) names from `files` (name -> its bytes, read twice).

    Raises InvalidInput with everything that is wrong: lines, files missing or not named, types, sizes, and people who are not,
    by NHS number and date of birth, the practice's patients; then nothing was taken. NotPermitted for who is no practice.
    """
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=PERMISSION, now=now)
        if actor.organisation.kind != OrganisationKind.PRACTICE:
            raise NotPermitted(
                f"{actor.organisation.name} is not a practice: its documents come from its own consultations.",
                remedy="Attach a document on the patient's page, or sign in at the practice.",
                who_can="someone with a position at the practice",
            )
        rows = read_index(index)
        problems, people, types = _judged(actor, rows, files)
        if problems:
            raise InvalidInput(problems)
        new = newer = unchanged = 0
        for row in rows:
            key = f"import:{row.reference}"
            before = newest_of(actor, key)
            content = files[row.file]()
            if dry_run:
                is_same = before is not None and before.sha256 == hashlib.sha256(content).hexdigest()
                new, newer, unchanged = (
                    new + (before is None),
                    newer + (before is not None and not is_same),
                    unchanged + is_same,
                )
                continue
            made = from_source(
                actor=actor,
                now=now,
                patient=people[row.line],
                grant=grant,
                title=row.title,
                content=content,
                content_type=types[row.line],
                kind=row.kind,
                source=DocumentSource.IMPORTED,
                source_key=key,
                author=row.author,
                dated_on=row.dated_on,
                is_confidential=row.is_confidential,
            )
            if before is None:
                new += 1
            elif made.pk == before.pk:
                unchanged += 1
            else:
                newer += 1
        return DocumentsImport(new, newer, unchanged)


def _judged(
    actor: Actor, rows: tuple[IndexRow, ...], files: Mapping[str, Reader]
) -> tuple[list[Problem], dict[int, PatientView], dict[int, str]]:
    problems: list[Problem] = []
    people: dict[int, PatientView] = {}
    types: dict[int, str] = {}
    for row in rows:
        person = registration_with(actor=actor, nhs_number=row.nhs_number)
        if person is None or person.birth_date != row.birth_date:
            problems.append(
                Problem(
                    f"line {row.line}, nhs_number",
                    "wrong-patient",
                    "No patient of this practice has this NHS number and this date of birth.",
                    "Look at both; import the practice's patients first.",
                )
            )
        else:
            people[row.line] = person
        read = files.get(row.file)
        if read is None:
            problems.append(
                Problem(f"line {row.line}, file", "file-missing", "This file was not given.", "Add it.", row.file)
            )
            continue
        found, wrong = judged(read(), row.file, source=DocumentSource.IMPORTED)
        problems += [
            Problem(f"line {row.line}, file", each.code, each.message, each.remedy, row.file) for each in wrong
        ]
        if found is not None:
            types[row.line] = found.content_type
    named = {row.file for row in rows}
    problems += [
        Problem(
            "file", "not-in-index", "The index does not name this file.", "Add a line for it, or leave it out.", name
        )
        for name in files
        if name not in named
    ]
    return problems, people, types
