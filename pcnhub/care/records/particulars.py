"""What an entry's source said beyond what is shown, kept so that the entry can be given on whole, to who asks over the wire.

Values and the plain data that they are kept as; pure. Days and moments stay text in FHIR's form, because their precision is part
of what was said ("2012" is not the first of January). Everything may be missing: an entry that was brought in earlier has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self, get_args, get_origin, get_type_hints

_HINTS: dict[str, dict[str, Any]] = {}  # by class, since looking them up takes longer than all the rest


class _Kept:
    """To and from plain data: only what has something in it is kept, and what is kept under unknown names is passed over."""

    def kept(self) -> dict[str, Any]:
        """As JSON holds it."""
        found: dict[str, Any] = _without_empty(asdict(self))  # type: ignore[call-overload]
        return found

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """From what `kept` gave."""
        if cls.__name__ not in _HINTS:
            _HINTS[cls.__name__] = get_type_hints(cls)
        known = _HINTS[cls.__name__]
        return cls(**{name: _read(known[name], value) for name, value in kept.items() if name in known})


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        found = {name: _without_empty(each) for name, each in value.items()}
        return {name: each for name, each in found.items() if each not in ("", None, [], {})}
    if isinstance(value, (list, tuple)):
        return [_without_empty(each) for each in value]
    return value


def _read(hint: Any, value: Any) -> Any:
    if get_origin(hint) is tuple:
        inner = get_args(hint)[0]
        return tuple(_read(inner, each) for each in value)
    if isinstance(hint, type) and issubclass(hint, _Kept):
        return hint.of(value)
    return value


@dataclass(frozen=True, slots=True)
class Coded(_Kept):
    """One code of a concept: its system's address, the code, and the SNOMED CT description that was chosen, if it was told."""

    system: str = ""
    code: str = ""
    display: str = ""
    description_id: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Concept(_Kept):
    """A term in one or several code systems, and the words that its users chose."""

    codes: tuple[Coded, ...] = ()
    text: str = ""

    @property
    def is_said(self) -> bool:
        return bool(self.codes or self.text)


@dataclass(frozen=True, slots=True)
class Author(_Kept):
    """Who recorded it: their name in parts, national user id, job role (SDS) and organisation, as far as the source said."""

    family_name: str = ""
    given_names: tuple[str, ...] = ()
    title: str = ""
    sds_user_id: str = ""
    role_code: str = ""
    role_name: str = ""
    ods_code: str = ""
    organisation_name: str = ""

    @property
    def is_named(self) -> bool:
        return bool(self.family_name)


@dataclass(frozen=True, slots=True)
class AllergyParticulars(_Kept):
    """Of an allergy. `identifier` is its identity across care settings (a UUID), if its source gave one."""

    identifier: str = ""
    concept: Concept = Concept()
    onset: str = ""
    asserted: str = ""
    ended: str = ""
    last_occurred: str = ""
    manifestation: Concept = Concept()
    exposure_route: Concept = Concept()
    author: Author = Author()


@dataclass(frozen=True, slots=True)
class Prescribed(_Kept):
    """An authorisation, or one issue under it; `key` is its id at the source, `type_code` its prescription type (acute...)."""

    key: str = ""
    identifier: str = ""
    group: str = ""
    status: str = ""
    authored: str = ""
    type_code: str = ""
    type_name: str = ""
    dosage: str = ""
    patient_instruction: str = ""
    note: str = ""
    starts: str = ""
    ends: str = ""
    quantity: str = ""
    quantity_unit: str = ""
    quantity_text: str = ""
    duration: str = ""
    duration_unit: str = ""
    duration_code: str = ""
    author: Author = Author()


@dataclass(frozen=True, slots=True)
class MedicationParticulars(_Kept):
    """Of a medication: what was authorised, and what was issued. `moment` is when it took effect where no period was told."""

    identifier: str = ""
    concept: Concept = Concept()
    agency_code: str = ""
    agency_name: str = ""
    starts: str = ""
    ends: str = ""
    moment: str = ""
    asserted: str = ""
    last_issued: str = ""
    reason: Concept = Concept()
    repeats_allowed: str = ""
    repeats_issued: str = ""
    repeats_expire: str = ""
    stopped: str = ""
    stopped_because: Concept = Concept()
    plan: Prescribed = Prescribed()
    issues: tuple[Prescribed, ...] = ()
