"""Allergies as AllergyIntolerance. Ended ones stand inside their list, so that nobody takes one for current.

Source: GP Connect 1.2.7, AllergyIntolerance; what its value sets do not have is said in the note rather than lost.
"""

from __future__ import annotations

from datetime import date
from typing import cast, get_args

from pcnhub.care.organisations.queries import OrganisationView
from pcnhub.care.records.particulars import AllergyParticulars
from pcnhub.care.records.queries import GivenItem
from pcnhub.entrances.api.gpconnect.answers import PROFILES
from pcnhub.entrances.api.gpconnect.structured.concepts import (
    NO_INFORMATION,
    NULL_FLAVOUR,
    coding,
    concept,
    degraded,
    identified,
    meta,
    note,
    said,
    stable,
)
from pcnhub.entrances.api.gpconnect.structured.people import People
from pcnhub.foundations.fhir import codes
from pcnhub.foundations.fhir import resources as r

ENDED = PROFILES + "Extension-CareConnect-GPC-AllergyIntoleranceEnd-1"
# The degrade codes of the terminology guidance: an allergy without a code of its own
DRUG_ALLERGY = ("196461000000101", "Transfer-degraded drug allergy")
OTHER_ALLERGY = ("196471000000108", "Transfer-degraded non-drug allergy")
# Only these two of FHIR's categories are used; without any, the one that prescribing decision support heeds
CATEGORIES = {"medication": "medication", "biologic": "medication", "food": "environment", "environment": "environment"}


def has_ended(item: GivenItem, today: date) -> bool:
    """Whether its source says that it ended. One that is merely called inactive stays current: the safer of two mistakes."""
    return item.status == "resolved" or (item.ends_on is not None and item.ends_on <= today)


def allergy(
    item: GivenItem, *, practice: OrganisationView, patient_id: int, people: People, ended: bool
) -> r.AllergyIntolerance:
    told, detail = item.allergy, item.detail
    id_ = stable(practice.ods_code, patient_id, item.key)
    category = CATEGORIES.get(detail.get("category", ""), "medication")
    degrade = DRUG_ALLERGY if category == "medication" else OTHER_ALLERGY
    return r.AllergyIntolerance(
        id=id_,
        meta=meta("CareConnect-GPC-AllergyIntolerance-1"),
        extension=(_end(item, told),) if ended else (),
        identifier=identified(told.identifier or id_),
        clinical_status="resolved" if ended else "active",
        verification_status="unconfirmed",
        type=cast("codes.AllergyIntoleranceType", _of(codes.AllergyIntoleranceType, detail.get("type", ""))),
        category=(cast("codes.AllergyIntoleranceCategory", category),),
        criticality=cast(
            "codes.AllergyIntoleranceCriticality",
            _of(codes.AllergyIntoleranceCriticality, detail.get("criticality", "")),
        ),
        code=degraded(concept(told.concept, code=item.code, term=item.term), *degrade),
        patient=r.Reference(reference=f"Patient/{patient_id}"),
        onset_date_time=told.onset or None,
        asserted_date=told.asserted or _recorded(item).isoformat(),
        recorder=people.recorder(told.author, detail.get("recorded_by", "")),
        last_occurrence=told.last_occurred or None,
        note=note(detail.get("note", ""), *_unsaid(item, ended=ended)),
        reaction=_reaction(item, told),
    )


def _recorded(item: GivenItem) -> date:
    return item.recorded_on or item.starts_on or item.held_since


def _end(item: GivenItem, told: AllergyParticulars) -> r.Extension:
    """Both parts must be there. Where the day is not known it is the one on which the allergy was recorded; the note says so."""
    day = told.ended or (item.ends_on or _recorded(item)).isoformat()
    reason = said(item.detail.get("reason_ended", "")) or NO_INFORMATION
    parts = (r.Extension(url="endDate", value_date_time=day), r.Extension(url="reasonEnded", value_string=reason))
    return r.Extension(url=ENDED, extension=parts)


def _reaction(item: GivenItem, told: AllergyParticulars) -> tuple[r.AllergyIntoleranceReaction, ...]:
    """One at most, with one manifestation. Without a code it is words; without words it carries the severity alone."""
    words = item.detail.get("reaction", "")
    described = item.detail.get("reaction_note", "") or (words if not told.manifestation.codes or "," in words else "")
    severity = _of(codes.AllergyIntoleranceReactionSeverity, item.detail.get("severity", ""))
    if not (described or severity or told.manifestation.is_said):
        return ()
    if told.manifestation.codes:
        manifestation = concept(told.manifestation)
    elif described:
        manifestation = coding(NULL_FLAVOUR, "UNC", "un-encoded")
    else:
        manifestation = coding(NULL_FLAVOUR, "NI", "NoInformation")
    return (
        r.AllergyIntoleranceReaction(
            manifestation=(manifestation,),
            description=said(described),
            severity=cast("codes.AllergyIntoleranceReactionSeverity", severity),
            exposure_route=concept(told.exposure_route) if told.exposure_route.is_said else None,
        ),
    )


def _unsaid(item: GivenItem, *, ended: bool) -> list[str]:
    """What the profile has no place for."""
    found = []
    if not ended and item.status not in ("active", ""):
        found.append(f"Status at its source: {item.status}.")
    if ended and item.ends_on is None and not item.allergy.ended:
        found.append("When it ended is not recorded.")
    if item.detail.get("certainty", "unconfirmed") not in ("unconfirmed", ""):
        found.append(f"Certainty at its source: {item.detail['certainty']}.")
    return found


def _of(values: object, given: str) -> str | None:
    """A value of the value set, or nothing."""
    return given if given in get_args(values) else None
