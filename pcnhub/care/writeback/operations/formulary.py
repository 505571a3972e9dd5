"""A practice brings in its formulary: a named list of dm+d or SNOMED CT codes."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.care.sharing.gate import permit
from pcnhub.care.writeback.models import Formulary, FormularyDrug
from pcnhub.care.writeback.rules import MOST_DRUGS, problems_of_list
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish_once
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import InvalidInput, NotPermitted, Problem

LONGEST_NAME = 100
LARGEST_FILE = 5_000_000  # bytes
MOST_PROBLEMS = 200
_HEADINGS = ("code", "name")


@dataclass(frozen=True, slots=True)
class FormularyImport:
    """What an import did: how many drugs the list has now, and how many of them it gained and lost."""

    formulary_id: int
    drugs: int
    gained: int
    lost: int


def import_formulary(*, actor: Actor, now: datetime, name: str, file_name: str, content: bytes) -> FormularyImport:
    """Replace the acting practice's list of this name by the file's: CSV in UTF-8 with a first line `code,name`.

    All or nothing: raises InvalidInput with every problem of every line (the first two hundred), and NotPermitted.
    """
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.MANAGE_ORGANISATION, now=now)
        if actor.organisation.kind != OrganisationKind.PRACTICE:
            raise NotPermitted(
                "A formulary belongs to a practice: it says which drugs of a copy go into its medication list.",
                remedy="Bring it in at the practice.",
                who_can="the practice's manager",
            )
        wanted = _read(name.strip(), content)
        take_turn("writeback.formulary", actor.organisation.id)
        row, _ = Formulary.objects.update_or_create(
            organisation_id=actor.organisation.id,
            name__iexact=name.strip(),
            defaults={"name": name.strip(), "file_name": file_name, "imported_at": now, "imported_by": actor.name},
        )
        before = set(FormularyDrug.objects.filter(formulary=row).values_list("code", flat=True))
        FormularyDrug.objects.filter(formulary=row).delete()
        FormularyDrug.objects.bulk_create(
            [FormularyDrug(formulary=row, code=code, name=drug) for code, drug in wanted.items()], batch_size=2000
        )
        done = FormularyImport(row.pk, len(wanted), len(wanted.keys() - before), len(before - wanted.keys()))
        trail.record(
            actor=actor,
            now=now,
            action="writeback.formulary-imported",
            subject=Subject("formulary", row.pk),
            basis=grant.basis,
            detail={"drugs": done.drugs, "gained": done.gained, "lost": done.lost},
        )
        publish_once(actor=actor, now=now, fact="writeback.formulary-changed")
        return done


def _read(name: str, content: bytes) -> dict[str, str]:
    problems: list[Problem] = []
    if not name or len(name) > LONGEST_NAME:
        words = f"Give the list a name of at most {LONGEST_NAME} characters"
        problems.append(Problem("name", "name", words, "The one that the practice chose on its agreements page.", name))
    if len(content) > LARGEST_FILE:
        raise InvalidInput(
            [*problems, Problem("file", "too-large", f"At most {LARGEST_FILE:,} bytes are read", "Split it.")]
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        wrong = Problem("file", "not-utf-8", "The file is not UTF-8 text", "Save it as CSV UTF-8.")
        raise InvalidInput([*problems, wrong]) from None
    rows = list(csv.reader(io.StringIO(text)))
    if not rows or tuple(cell.strip().casefold() for cell in rows[0][:2]) != _HEADINGS:
        wrong = Problem("line 1", "headings", "The first line is not: code,name", "Put these two headings first.")
        raise InvalidInput([*problems, wrong])
    cells = [
        (line, row[0].strip(), row[1].strip() if len(row) > 1 else "")
        for line, row in enumerate(rows[1:], 2)
        if any(cell.strip() for cell in row)
    ]
    if not cells or len(cells) > MOST_DRUGS:
        words = "The list is empty" if not cells else f"At most {MOST_DRUGS:,} drugs are taken in"
        problems.append(Problem("file", "how-many", words, "One drug a line."))
    problems += problems_of_list(cells)
    if problems:
        raise InvalidInput(problems[:MOST_PROBLEMS])
    return {code: drug for _line, code, drug in cells}
