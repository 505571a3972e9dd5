"""Letters that the demo's practices hold about a few of their patients, as PDF, brought in as a practice brings its own."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

from pcnhub.care.documents.operations import import_documents, make_test_document
from pcnhub.care.patients.queries import find_patients
from pcnhub.care.patients.queries import own_registration as patient
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.paper.typesetting import pdf

LETTER = """#let it = json(bytes(sys.inputs.it))
#set document(title: it.title, date: none)
#set text(lang: "en", region: "gb", font: "Source Sans Pro")
= #it.title
*#it.name*, born #it.born, NHS #it.number

Dear colleague,

thank you for referring this patient, who was seen in clinic. Examination was unremarkable. Please repeat the blood pressure
in four weeks, and refer again if it stays raised.

Synthetic: this letter is about nobody.
"""
COLUMNS = ("file", "nhs_number", "birth_date", "title", "kind", "dated_on", "author")
TITLE = "Clinic letter, cardiology"


def bring(*, manager: Actor, now: datetime) -> None:
    """A letter for each of the first three Smiths, and the practice's test document. Twice changes nothing."""
    index, files = io.StringIO(newline=""), {}
    rows = csv.writer(index)
    rows.writerow(COLUMNS)
    written_on = london_date(now) - timedelta(days=20)
    for one in find_patients(actor=manager, now=now, text="Smith").items[:3]:
        view = patient(actor=manager, patient_id=one.id)
        values = {
            "title": TITLE,
            "name": view.full_name,
            "born": f"{view.birth_date:%d-%b-%Y}",
            "number": view.number_words,
        }
        name = f"letter-{view.number}.pdf"
        files[name] = io.BytesIO(pdf(LETTER, values=values)).getvalue
        rows.writerow((name, view.number, view.birth_date, TITLE, "letter", written_on, "Dr A. Synthetic"))
    if files:
        import_documents(actor=manager, now=now, index=index.getvalue().encode(), files=files)
    make_test_document(actor=manager, now=now)
