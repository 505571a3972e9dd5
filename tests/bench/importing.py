"""A practice's list comes in: 50,000 rows through the pages, 1,000,000 by the command, two in a hundred with a labelled mistake.

Beside it, in the same run and into a table of the same shape: the csv module with row inserts, and django-import-export row by
row. Both are given files without mistakes, since neither could tell of them; of the latter so few rows that nobody waits half
an hour, and the time is multiplied (both say so).
"""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from pcnhub.care.organisations.queries import organisation, system_actor_for
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.queries import find_patients
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.queries import is_worker_alive
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import InvalidInput
from tests.bench.browsing import Browser
from tests.bench.dirty import Export, Fault, agreement, write_export
from tests.bench.hub import Hub
from tests.bench.measuring import Aim, Figure, milliseconds, p95
from tests.bench.networks import receptionist
from tests.bench.pages import serving, signed_in

THROUGH_THE_PAGE, BY_THE_COMMAND = 50_000, 1_000_000
OF_IMPORT_EXPORT, OF_ROW_INSERTS = 1_000, 50_000
PAGE_PRACTICE, COMMAND_PRACTICE = "A99801", "A99802"
_LONGEST = 600.0  # seconds until a step counts as stuck
_FIRST_LOOK, _RARER, _LAST_LOOK = 0.1, 1.1, 1.0  # seconds between two looks of the page that waits: as in imports.js

# What a careful programmer would write in an hour: no checks of a row, no report, no review, no audit.
_INSERT = """
insert into reference_patient (
  id, organisation_id, nhs_number, title, given_name, family_name, birth_date, sex, address_lines, postcode, home_phone,
  mobile_phone, email, usual_gp, preferred_language, registration_type, registration_state, registered_on, is_sensitive,
  dissents_from_sharing, previous_family_name, work_phone, language_code, temporary_address_lines, temporary_postcode,
  temporary_phone, trace_state, traced_by, trace_basis, pds_version, contact_sources, version, created_at, updated_at)
values (
  %(id)s, 1, %(NHS_NUMBER)s, %(TITLE)s, %(GIVEN_NAME)s, %(FAMILY_NAME)s, to_date(%(DATE_OF_BIRTH)s, 'DD/MM/YYYY'), 'unknown',
  array[%(ADDR1)s, %(ADDR2)s, %(ADDR4)s], %(POST_CODE)s, %(HOME_TELEPHONE)s, %(MOBILE)s, %(EMAIL)s, %(USUAL_GP)s, %(LANGUAGE)s,
  'regular', 'active', to_date(%(REGISTRATION_DATE)s, 'DD/MM/YYYY'), %(SENSITIVE_FLAG)s = 'Y', false, '', '', '', '{}', '', '',
  'local', '', '', '', '{}', 1, now(), now())
"""


@dataclass(frozen=True, slots=True)
class Reference:
    """What the two others take for one row, in seconds, and in how many rows that was found."""

    inserts: float
    inserted: int
    import_export: float
    imported: int

    def beside(self, rows: int) -> str:
        measured = "" if rows == self.inserted else f", {self.inserted:,} rows measured"
        return f"csv module and row inserts{measured}"

    def note(self, rows: int) -> str:
        return (
            f"django-import-export, row by row: {self.import_export * rows:,.0f} s for so many rows "
            f"({self.imported:,} measured, {1 / self.import_export:,.0f} rows/s)"
        )


def measure(hub: Hub) -> list[Figure]:
    small, large = (2_000, 20_000) if hub.is_quick else (THROUGH_THE_PAGE, BY_THE_COMMAND)
    today = london_date(hub.now)
    with tempfile.TemporaryDirectory(prefix="pcnhub-bench-import-") as scratch:
        folder = Path(scratch)
        reference = _reference(hub, folder, today)
        export = write_export(folder / "small.csv", ods=PAGE_PRACTICE, rows=small, today=today)
        through_the_page = _through_the_page(hub, export, reference)
        export = write_export(folder / "large.csv", ods=COMMAND_PRACTICE, rows=large, today=today, seed=5)
        figures = [through_the_page, *_by_the_command(hub, export, reference)]
    # the aims are about so many rows: fewer say nothing of them
    return [replace(figure, aim=None) for figure in figures] if hub.is_quick else figures


def _through_the_page(hub: Hub, export: Export, reference: Reference) -> Figure:
    """From sending the form to the page that says that the list is in, each page on the way loaded and looked at as a browser
    does it; somebody who reviews it in between takes no time. Server and worker are up, and asked for the first time."""
    with serving(hub), _working(hub), signed_in(hub, "dilys") as browser:
        content = export.path.read_bytes()
        form = browser.get("/imports/new")
        began = time.perf_counter()
        page = browser.upload("/imports/new", {"whole": "whole"}, "file", "export.csv", content, page=form)
        review = _once_done(browser, page)
        checked = time.perf_counter()
        changes = re.search(r'name="changes" value="([^"]+)"', review)
        if changes is None:
            raise LookupError(f"{page} offers nothing to take in")
        browser.send(f"{page}/take-in", {"changes": changes[1]}, page=review)
        _once_done(browser, page)
        took = time.perf_counter() - began
        state = json.loads(browser.get(f"{page}/progress"))["state"]
        if state != "imported":
            raise LookupError(f"The import stands at {state}")
        report = browser.get(f"{page}/rejected-rows.csv")
    found = {Fault(int(row["line"]), row["column"], row["code"]) for row in csv.DictReader(report.splitlines())}
    return Figure(
        f"Patient import through the page: {export.rows:,} rows, {export.dirty:,} of them dirty",
        took,
        reference.beside(export.rows),
        reference.inserts * export.rows,
        unit="s",
        notes=(
            f"sent, checked and shown: {checked - began:.1f} s; taken in: {took - (checked - began):.1f} s",
            _report_words(found, export),
            reference.note(export.rows),
        ),
        aim=Aim("within 2 s for 50,000 rows", 2.0, took),
    )


def _by_the_command(hub: Hub, export: Export, reference: Reference) -> list[Figure]:
    first, report, peak, cpu = _command(export)
    before = _finding(hub, export)
    filing = milliseconds(_file) / 1000
    after = _finding(hub, export)
    with hub.bare() as bare:
        bare.execute("analyze patients_patient")  # a hub's server does this by itself within a minute
    again, second, second_peak, _ = _command(export)
    found = {Fault(each["line"], each["column"], each["code"]) for each in report["rejections"]}
    changes = second["created"] + second["changed"] + second["closed"]
    beside = reference.inserts * export.rows
    return [
        Figure(
            f"Patient import by the command: {export.rows:,} rows, {export.dirty:,} of them dirty",
            first,
            reference.beside(export.rows),
            beside,
            unit="s",
            notes=(
                f"{export.rows / first:,.0f} rows/s, the start of the command in it; file of {_megabytes(export):,.0f} MB",
                f"processor time of the command: {cpu:.1f} s; the database's is not in it",
                f"found by family name and date of birth: 95 of 100 within {before:.0f} ms at once, and within {after:.0f} ms"
                f" once the worker had filed them, {filing:.0f} s later",
                _report_words(found, export),
                reference.note(export.rows),
            ),
            aim=Aim("within 15 s for 1,000,000 rows", 15.0, first),
        ),
        Figure(
            f"The same {export.rows:,} rows again",
            again,
            reference.beside(export.rows),
            beside,
            unit="s",
            notes=(f"{changes} changes",),
        ),
        Figure(
            f"Memory at most, of the command that takes {export.rows:,} rows in (the database's own is not counted)",
            max(peak, second_peak),
            "the file's size",
            _megabytes(export),
            unit="MB",
            notes=(f"the first time {peak:,.0f} MB, again {second_peak:,.0f} MB",),
            aim=Aim("less than 1.5 GB", 1536.0, max(peak, second_peak)),
        ),
    ]


def _command(export: Export) -> tuple[float, dict[str, Any], float, float]:
    """Seconds, the report, the most memory in MB and the processor time, of `pcnhub import demographics` as a person runs it."""
    with tempfile.TemporaryFile("w+") as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "pcnhub.entrances.cli", "import", "demographics", "--practice", COMMAND_PRACTICE,
             "--json", str(export.path)],
            stdout=said,
        )  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
        took = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise LookupError(f"The command ended with {process.returncode}")
        said.seek(0)
        return took, json.load(said), used.ru_maxrss / 1024, used.ru_utime + used.ru_stime


def _finding(hub: Hub, export: Export) -> float:
    """Milliseconds within which 95 of 100 searches for somebody of the list have their answer."""
    actor = receptionist(COMMAND_PRACTICE, hub.now)
    with export.path.open(encoding="utf-8", newline="") as text:
        rows = list(islice(csv.DictReader(text), 0, 40 * 50, 50))
    asked = (f"{row['FAMILY_NAME']}, {row['DATE_OF_BIRTH']}" for row in rows if row["DATE_OF_BIRTH"][-5:-4] == "/")
    return p95(tuple(milliseconds(partial(_find, actor, hub, text)) for text in asked))


def _find(actor: Actor, hub: Hub, text: str) -> None:
    with suppress(InvalidInput):  # two in a hundred rows are dirty
        find_patients(actor=actor, now=hub.now, text=text)


def _file() -> None:
    subprocess.run(
        [sys.executable, "-m", "pcnhub.entrances.cli", "worker", "--once"], stdout=subprocess.DEVNULL, check=True
    )


def _report_words(found: set[Fault], export: Export) -> str:
    precision, recall = agreement(found, export.key)
    verdict = "met" if precision == recall == 1 else "MISSED"
    return (
        f"error report held to the key of {len(export.key):,} labelled mistakes: precision {precision:.4f}, "
        f"recall {recall:.4f} (aim 1.0: {verdict})"
    )


def _megabytes(export: Export) -> float:
    return export.path.stat().st_size / 1024 / 1024


def _once_done(browser: Browser, page: str) -> str:
    """The page of an import once no step of it runs any more. While one does, its script asks how far it is, soon at first and
    then ever more seldom, and loads the page anew when the state is another."""
    until = time.perf_counter() + _LONGEST
    while waits := re.search(r'data-state="([^"]+)"', text := browser.get(page)):
        pause, state = _FIRST_LOOK, waits[1]
        while state == waits[1]:
            if time.perf_counter() > until:
                raise LookupError(f"The import stands at {state}")
            time.sleep(pause)
            pause = min(pause * _RARER, _LAST_LOOK)
            state = json.loads(browser.get(f"{page}/progress"))["state"]
    return text


@contextmanager
def _working(hub: Hub) -> Iterator[None]:
    """A worker at work; what was left to do by those who built the network is done."""
    worker = [sys.executable, "-m", "pcnhub.entrances.cli", "worker"]
    with (hub.data / "worker.log").open("wb") as log:
        subprocess.run([*worker, "--once"], stdout=log, stderr=log, check=True)
        process = subprocess.Popen(worker, stdout=log, stderr=log)
        try:
            _until_at_work(process)
            yield
        finally:
            process.terminate()
            process.wait(timeout=60)


def _until_at_work(process: subprocess.Popen[bytes]) -> None:
    """Until it has said that it is alive; what it does at its start by the clock may go on."""
    while not is_worker_alive(now=timezone.now()):
        if process.poll() is not None:
            raise LookupError("The worker did not start; its log says why")
        time.sleep(0.1)


def _reference(hub: Hub, folder: Path, today: date) -> Reference:
    inserted = 1_000 if hub.is_quick else OF_ROW_INSERTS
    imported = 100 if hub.is_quick else OF_IMPORT_EXPORT
    clean = write_export(folder / "clean.csv", ods="A97001", rows=inserted, today=today, dirty=0)
    inserts = _row_inserts(hub, clean.path) / 1000 / inserted
    few = write_export(folder / "few.csv", ods="A97001", rows=imported, today=today, dirty=0)
    return Reference(inserts, inserted, _import_export(few.path) / 1000 / imported, imported)


def _row_inserts(hub: Hub, path: Path) -> float:
    """Into a table with the same columns, checks and indexes, in one transaction that is undone."""
    with hub.bare() as bare, bare.transaction(force_rollback=True):
        bare.execute("create table reference_patient (like patients_patient including all)")

        def load() -> None:
            with path.open(encoding="utf-8", newline="") as text:
                for number, row in enumerate(csv.DictReader(text), 1):
                    bare.execute(_INSERT, {**row, "id": number})

        return milliseconds(load)


def _import_export(path: Path) -> float:
    """As its documentation says: a resource of the model, a data set, `import_data`; undone afterwards."""
    import tablib
    from import_export import fields, resources, widgets

    practice = organisation(ods_code="A97001")
    now = timezone.now()

    class People(resources.ModelResource):  # type: ignore[misc]
        nhs_number = fields.Field("nhs_number", "NHS_NUMBER")
        given_name = fields.Field("given_name", "GIVEN_NAME")
        family_name = fields.Field("family_name", "FAMILY_NAME")
        birth_date = fields.Field("birth_date", "DATE_OF_BIRTH", widget=widgets.DateWidget("%d/%m/%Y"))
        registered_on = fields.Field("registered_on", "REGISTRATION_DATE", widget=widgets.DateWidget("%d/%m/%Y"))
        postcode = fields.Field("postcode", "POST_CODE")
        mobile_phone = fields.Field("mobile_phone", "MOBILE")
        email = fields.Field("email", "EMAIL")

        class Meta:
            model = Patient
            import_id_fields = ("nhs_number",)
            fields = (
                "nhs_number", "given_name", "family_name", "birth_date", "registered_on", "postcode", "mobile_phone", "email",
            )  # fmt: skip

        def before_save_instance(self, instance: Patient, row: object, **options: object) -> None:
            instance.organisation_id, instance.registration_type = practice.id, "regular"
            instance.created_at = instance.updated_at = now

        def after_import(self, dataset: object, result: object, **options: object) -> None:
            """Not its own, which sets the sequence of ids anew: the serving role may not."""

    with unit_of_work(system_actor_for(organisation_id=practice.id, name="import")):
        data = tablib.Dataset().load(path.read_text(encoding="utf-8"), format="csv")

        def load() -> None:
            result = People().import_data(data, raise_errors=True)
            if result.totals["new"] != len(data):
                raise LookupError(f"django-import-export took {result.totals} of {len(data)} rows")

        took = milliseconds(load)
        transaction.set_rollback(True)
    return took
