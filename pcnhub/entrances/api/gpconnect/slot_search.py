"""What a search for free slots asks, read from its parameters.

Source: GP Connect 1.2.7, search for free slots; the filters' truth table from its page on slot availability.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pcnhub.entrances.api.gpconnect.answers import Refused, Spine
from pcnhub.entrances.api.gpconnect.periods import End, end_of_period, one
from pcnhub.foundations.kernel.local_time import in_london

MOST_DAYS = 14  # "two weeks"
MOST_FILTERS = 4  # values of one kind; a consumer sends one
ODS_CODES = "https://fhir.nhs.uk/Id/ods-organization-code"
ORGANISATION_TYPES = "https://fhir.nhs.uk/STU3/CodeSystem/GPConnect-OrganisationType-1"
_CODE = re.compile(r"[A-Za-z0-9-]{1,40}")
PRACTITIONERS, LOCATIONS = "Schedule:actor:Practitioner", "Schedule:actor:Location"


@dataclass(frozen=True, slots=True)
class SlotSearch:
    """`askers` are the pairs of ODS code and organisation type for which slots are looked for, "" where none was sent: a
    slot is found when one of them may see it. `practitioners`, `locations`: whether these come along."""

    starts_from: datetime
    ends_by: datetime
    askers: tuple[tuple[str, str], ...]
    practitioners: bool
    locations: bool


def slot_search(query: Mapping[str, Sequence[str]]) -> SlotSearch:
    """Reads the parameters; unknown ones (and unknown filters) mean nothing. Raises Refused: BAD_REQUEST for one that is
    missing or repeated, INVALID_PARAMETER for a value that can't be used."""
    given = {name: one(name, query.get(name, ())) for name in ("status", "start", "end")}
    if "Slot:schedule" not in query.get("_include", ()):
        raise Refused(Spine.BAD_REQUEST, "The parameter _include=Slot:schedule is missing.")
    if given["status"] != "free":
        raise Refused(Spine.INVALID_PARAMETER, "status must be free: only free slots can be searched for.")
    start = end_of_period("start", given["start"], "ge")
    end = end_of_period("end", given["end"], "le")
    _refuse_span(start, end)
    recursed = set(query.get("_include:recurse", ()))
    filters = query.get("searchFilter", ())
    return SlotSearch(
        starts_from=start.opens_at,
        ends_by=end.closes_at,
        askers=tuple(itertools.product(_values(filters, ODS_CODES), _values(filters, ORGANISATION_TYPES))),
        practitioners=PRACTITIONERS in recursed,
        locations=LOCATIONS in recursed,
    )


def _refuse_span(start: End, end: End) -> None:
    if start.opens_at > end.closes_at or start.day > end.day:
        raise Refused(Spine.INVALID_PARAMETER, "end is before start.")
    if start.instant and end.instant:
        # by the clock on the wall: a fortnight over a clock change is still one
        span = in_london(end.instant).replace(tzinfo=None) - in_london(start.instant).replace(tzinfo=None)
        too_long = span.total_seconds() > MOST_DAYS * 86_400
    else:
        too_long = (end.day - start.day).days > MOST_DAYS
    if too_long:
        raise Refused(Spine.INVALID_PARAMETER, f"start and end may be {MOST_DAYS} days apart at the most.")


def _values(filters: Iterable[str], system: str) -> list[str]:
    """What the filters say of one system, each once; [""] where they say nothing."""
    found = list(dict.fromkeys(value for each in filters for value in _value(each, system)))
    if len(found) > MOST_FILTERS:
        raise Refused(Spine.INVALID_PARAMETER, f"searchFilter names more than {MOST_FILTERS} values of {system}.")
    return found or [""]


def _value(token: str, system: str) -> list[str]:
    before, bar, value = token.partition("|")
    # what can be no code is nobody's: it stands for no value, as an unknown filter does
    return [value.strip()] if bar and before == system and _CODE.fullmatch(value.strip()) else []
