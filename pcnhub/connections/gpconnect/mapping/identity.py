"""Whether the person of a record that came is the patient for whom it was asked. Pure.

Source: GP Connect 1.2.7, consumer requirements: cross-check demographics before anything clinical is shown (SHALL).
"""

from __future__ import annotations

import re

from pcnhub.care.patients.queries import PatientView
from pcnhub.connections.gpconnect.mapping.patients import Difference, differences, nhs_number_of
from pcnhub.foundations.fhir import resources as r

GENDER = "Gender"  # often not known at a hub, and no part of who a number belongs to: said, but does not block


def mismatches(here: PatientView, there: r.Patient | None) -> tuple[str, ...]:
    """The fields that say that this is somebody else, by name alone: another person's details are nobody's to see here."""
    if there is None:
        return ("NHS number", "Family name", "Given name", "Date of birth")
    found = [each.field for each in differences(here, there) if each.field != GENDER and not _is_first_name(each)]
    return ("NHS number", *found) if nhs_number_of(there) != here.number else tuple(found)


def differs_in_gender(here: PatientView, there: r.Patient | None) -> bool:
    """Whether both say what it is, and not the same."""
    known = {"female", "male"}
    return there is not None and here.sex in known and there.gender in known and here.sex != there.gender


def _is_first_name(each: Difference) -> bool:
    """“Jane Mary” and “Jane” are one given name: some systems send all of them as one."""
    firsts = [re.split(r"[\s-]", name.strip().casefold(), maxsplit=1)[0] for name in (each.here, each.there)]
    return each.field == "Given name" and bool(firsts[0]) and firsts[0] == firsts[1]
