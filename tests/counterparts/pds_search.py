"""The published search rules of the demographics service, as a counterpart of our client applies them.

Written from the specification (search for a patient: non-fuzzy, fuzzy, wildcards, history, restricted and invalidated patients,
application-restricted access), not from our client.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tests.counterparts.pds_people import Entry, Json, as_searched, outcome

KNOWN = (
    "_fuzzy-match", "_exact-match", "_history", "_max-results", "family", "given", "gender", "birthdate", "death-date",
    "address-postcode", "address-postalcode", "general-practitioner", "email", "phone",
)  # fmt: skip
DATE = re.compile(r"(eq|ge|le)?([0-9]{4}-[0-9]{2}-[0-9]{2})")
MINIMUM = "'No searches were performed as the search criteria did not meet the minimum requirements'"
SOUNDS = {
    letter: digit for digit, letters in enumerate(("BFPV", "CGJKQSXZ", "DT", "L", "MN", "R"), 1) for letter in letters
}
Parameters = Mapping[str, list[str]]
Answered = tuple[int, Json]


def search(parameters: Parameters, people: Mapping[str, Entry]) -> Answered:
    """Status and body, in application-restricted access: one match, or too many."""
    wrong = _refused(parameters)
    if wrong is not None:
        return wrong
    scored = [(score, entry) for entry in people.values() if (score := _score(parameters, entry)) > 0]
    shown: dict[str, tuple[float, Json]] = {}
    for score, entry in scored:
        standing = people[entry.superseded_by] if entry.superseded_by else entry
        if not standing.is_invalid:
            shown[standing.patient["id"]] = (score, as_searched(standing.patient))
    if len(shown) > 1:
        return 200, outcome("TOO_MANY_MATCHES", "Too Many Matches", issue="multiple-matches", severity="information")
    entries = [
        {"fullUrl": f"https://api.service.nhs.uk/Patient/{id_}", "search": {"score": score}, "resource": patient}
        for id_, (score, patient) in shown.items()
    ]
    body: Json = {"resourceType": "Bundle", "type": "searchset", "timestamp": "2026-11-23T09:00:00+00:00"}
    return 200, body | {"total": len(entries)} | ({"entry": entries} if entries else {})


def _refused(parameters: Parameters) -> Answered | None:
    if not parameters:
        return 400, outcome("UNSUPPORTED_SERVICE", "Unsupported Service", issue="processing")
    for name in parameters:
        if name not in KNOWN:
            said = f"Invalid request with error - Additional properties are not allowed ('{name}' was unexpected)"
            return 400, outcome("ADDITIONAL_PROPERTIES", issue="invariant", diagnostics=said)
    for name in ("birthdate", "death-date"):
        for value in parameters.get(name, ()):
            if not DATE.fullmatch(value):
                return 400, outcome("INVALID_VALUE", diagnostics=f"Invalid value - '{value}' in field '{name}'")
    if not set(parameters.get("gender", ())) <= {"male", "female", "other", "unknown"}:
        return 400, outcome(
            "INVALID_VALUE", diagnostics=f"Invalid value - '{parameters['gender'][0]}' in field 'gender'"
        )
    if not parameters.get("birthdate"):
        said = "Missing value - 'birth_date/birth_date_range_start/birth_date_range_end'"
        return 400, outcome("MISSING_VALUE", issue="required", diagnostics=said)
    if parameters.get("_max-results") != ["1"]:
        return 403, outcome("INVALID_VALUE", diagnostics="Multiple results in application-restricted access")
    if "address-postcode" in parameters and "address-postalcode" in parameters:
        return 400, outcome("INVALID_SEARCH_DATA", diagnostics="Both postcodes")
    is_fuzzy = parameters.get("_fuzzy-match") == ["true"]
    return _refused_fuzzy(parameters) if is_fuzzy else _refused_exact(parameters)


def _refused_exact(parameters: Parameters) -> Answered | None:
    if not parameters.get("family"):
        return 400, outcome("INVALID_SEARCH_DATA", diagnostics=MINIMUM)
    for name in ("family", "given", "address-postalcode"):
        for value in parameters.get(name, ()):
            if "*" in value[:2]:
                return 400, outcome("INVALID_SEARCH_DATA", diagnostics=f"Wildcard within two characters in '{name}'")
    for name in ("gender", "birthdate", "general-practitioner", "email", "phone"):
        if any("*" in value for value in parameters.get(name, ())):
            return 400, outcome("INVALID_SEARCH_DATA", diagnostics=f"Wildcard in '{name}'")
    return None


def _refused_fuzzy(parameters: Parameters) -> Answered | None:
    has = {name for name in parameters if parameters[name]}
    enough = (
        {"given", "family", "birthdate"}, {"family", "birthdate", "gender", "address-postalcode"},
        {"given", "birthdate", "gender", "address-postalcode"},
    )  # fmt: skip
    if not any(each <= has for each in enough):
        return 400, outcome("INVALID_SEARCH_DATA", diagnostics=MINIMUM)
    if any("*" in value for values in parameters.values() for value in values):
        return 400, outcome("INVALID_SEARCH_DATA", diagnostics="Wildcard in a fuzzy search")
    if len(parameters["birthdate"]) > 1 or parameters["birthdate"][0][:2] in ("ge", "le"):
        return 400, outcome("INVALID_SEARCH_DATA", diagnostics="Range in a fuzzy search")
    return None


def _score(parameters: Parameters, entry: Entry) -> float:
    patient = entry.patient
    is_fuzzy = parameters.get("_fuzzy-match") == ["true"]
    is_restricted = patient["meta"]["security"][0]["code"] != "U"
    if is_restricted and {"address-postalcode", "general-practitioner"} & set(parameters):
        return 0.0
    if not all(_day_agrees(value, patient.get("birthDate", "")) for value in parameters["birthdate"]):
        return 0.0
    names = [name for name in patient.get("name", ()) if name.get("use") in ("usual", "nickname", "temp")]
    former = is_fuzzy or parameters.get("_history") == ["true"]
    if former:
        names += [*entry.history, *(name for name in patient.get("name", ()) if name not in names)]
    agrees = _sounds_alike if is_fuzzy else _agrees
    if not any(agrees(parameters, name) for name in names):
        return 0.0
    postcodes = [each.get("postalCode", "") for each in patient.get("address", ())]
    wanted = parameters.get("address-postalcode", [])
    if wanted and not any(_matches(wanted[0].replace(" ", ""), each.replace(" ", "")) for each in postcodes):
        return 0.0
    if parameters.get("gender") and parameters["gender"][0] != patient.get("gender"):
        return 0.0
    return 0.8827 if is_fuzzy else 1.0


def _agrees(parameters: Parameters, name: Mapping[str, Any]) -> bool:
    given = " ".join(name.get("given", ()))
    starts = [given, *name.get("given", ())]
    return all(_matches(value, name.get("family", "")) for value in parameters.get("family", ())) and all(
        any(_matches(value, each) for each in starts) for value in parameters.get("given", ())
    )


def _sounds_alike(parameters: Parameters, name: Mapping[str, Any]) -> bool:
    """By Soundex, and with the names in the other order."""
    family, given = soundex(name.get("family", "")), {soundex(each) for each in name.get("given", ())}
    asked_family = [soundex(value) for value in parameters.get("family", ())]
    asked_given = [soundex(value) for value in parameters.get("given", ())]
    straight = all(each == family for each in asked_family) and all(each in given for each in asked_given)
    crossed = all(each in given for each in asked_family) and all(each == family for each in asked_given)
    return straight or (bool(asked_family and asked_given) and crossed)


def _matches(pattern: str, value: str) -> bool:
    beginning, star, rest = pattern.casefold().partition("*")
    text = value.casefold()
    return text.startswith(beginning) and text.endswith(rest) if star else text == pattern.casefold()


def _day_agrees(asked: str, held: str) -> bool:
    match = DATE.fullmatch(asked)
    assert match is not None
    relation, day = match[1] or "eq", match[2]
    return bool(held) and {"eq": held == day, "ge": held >= day, "le": held <= day}[relation]


def soundex(name: str) -> str:
    """American Soundex: the first letter and three digits."""
    letters = [each for each in name.upper() if each.isascii() and each.isalpha()]
    if not letters:
        return ""
    digits: list[int] = []
    last = SOUNDS.get(letters[0], 0)
    for letter in letters[1:]:
        sound = SOUNDS.get(letter, 0)
        if sound and sound != last:
            digits.append(sound)
        if letter not in "HW":
            last = sound
    return (letters[0] + "".join(map(str, digits)) + "000")[:4]


def listed(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found
