"""Finding a patient of one's own organisation from what somebody knows of them. Each search is on record.

Names go through the organisation's vocabulary (`queries/vocabulary.py`): from what was typed to the names that its people
really have, and from those to the people by plain equality, which is all that row security lets an index be used for
(migration 0004). So the time does not grow with the number of people, but with how many of them are called so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from functools import reduce
from operator import or_

from django.db.models import F, Func, Q, QuerySet, TextField
from django.db.models.lookups import Contains

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import FormerNumber, Patient
from pcnhub.care.patients.queries.filing import filed_and_not
from pcnhub.care.patients.queries.patients import PatientView, shown_to, visible_to
from pcnhub.care.patients.queries.vocabulary import Names, names_beginning, names_like
from pcnhub.care.patients.rules import RegistrationState, Search, search_of
from pcnhub.care.patients.rules.names import Closeness, closeness, folded, slips_allowed
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor

PAGE_SIZE = 20
MOST_HITS = 200  # who has more before them reads none of it, and is asked to say more
MOST_COMPARED = 1000


class Lead(StrEnum):
    """By which detour somebody was found."""

    NONE = ""
    FORMER_NUMBER = "former-number"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Hit:
    """Somebody who was found. `has_double`: another hit has the same name and date of birth."""

    patient: PatientView
    closeness: Closeness
    lead: Lead
    has_double: bool


@dataclass(frozen=True, slots=True)
class PatientPage:
    """One page of what was found, the closest first; `number` counts from 1. `is_cut`: there are others, too many to list
    them; `total` counts those who can be paged through."""

    hits: tuple[Hit, ...]
    number: int
    pages: int
    total: int
    is_cut: bool = False

    @property
    def items(self) -> tuple[PatientView, ...]:
        return tuple(hit.patient for hit in self.hits)


def find_patients(*, actor: Actor, now: datetime, text: str, page: int = 1, with_gone: bool = False) -> PatientPage:
    """The actor's own patients that the text describes (`rules.search_of`): everything in it must hold.

    Names, dates, postcodes and phone numbers find active registrations, and `with_gone` those who left or died; an NHS number
    finds them always, and by a former number who had it. Of rows that are one person the kept one is found. Slips in names are
    forgiven where few have exactly that name.
    Raises InvalidInput when the text can't be searched for, NotPermitted.
    """
    search = search_of(text)
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.FIND_PATIENTS, now=now)
        finder = _Finder(actor, search, with_gone or bool(search.nhs_number))
        finder.find()
        found = finder.in_order()
        pages = max(1, -(-len(found) // PAGE_SIZE))
        number = min(max(1, page), pages)
        hits = _hits(actor, found, found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE])
        trail.record_list(
            actor=actor,
            now=now,
            action="patients.searched",
            kind="search",
            shown=[trail.Shown(hit.patient.id, hit.patient.number, hit.patient.home_id) for hit in hits],
            basis=grant.basis,
            detail={"by": list(search.by), "found": len(found), "more": finder.is_cut, "page": number},
        )
    return PatientPage(hits, number, pages, len(found), finder.is_cut)


@dataclass(frozen=True, slots=True)
class _Person:
    """As much of a row as comparing takes, and how close it is."""

    id: int
    family_name: str
    given_name: str
    birth_date: date
    merged_into: int | None
    closeness: tuple[Closeness, int] = (Closeness.EXACT, 0)
    lead: Lead = Lead.NONE

    @property
    def looks(self) -> tuple[str, str, date]:
        return folded(self.family_name), folded(self.given_name), self.birth_date


@dataclass(slots=True)
class _Finder:
    """Takes one stage of names after the other, nearer ones first, until there is enough to read."""

    actor: Actor
    search: Search
    with_gone: bool
    found: dict[int, _Person] = field(default_factory=dict)
    is_cut: bool = False
    people: list[QuerySet[Patient]] = field(init=False)

    def __post_init__(self) -> None:
        self.people = filed_and_not(visible_to(self.actor), self.actor.organisation.id)

    def find(self) -> None:
        search = self.search
        if search.nhs_number:
            self._take(Q(nhs_number=search.nhs_number))
            had = FormerNumber.objects.filter(organisation=self.actor.organisation.id, nhs_number=search.nhs_number)
            self._take(Q(pk__in=list(had.values_list("patient", flat=True))), lead=Lead.FORMER_NUMBER)
            return
        has_key = search.birth_date or search.postcode or search.phone
        if (has_key and self._take(Q())) or not search.words:
            return
        # by name; also where so many have the birth date or postcode that the name is to narrow them first
        self.is_cut = False
        for stage in _stages(search, self.found):
            if not self._take(stage):
                return

    def in_order(self) -> list[_Person]:
        return sorted(self.found.values(), key=lambda each: (*each.closeness, *each.looks, each.id))

    def _take(self, stage: Q, lead: Lead = Lead.NONE) -> bool:
        """Add those of a stage whose names fit. False, and nobody, when they are too many."""
        rows = self._rows(self._active(Q(merged_into__isnull=False)) & stage & self._keys())
        near = [replace(row, closeness=how, lead=lead) for row in rows if (how := self._closeness(row)) is not None]
        new = {each.id: each for each in self._in_use(near) if each.id not in self.found}
        if len(rows) > MOST_COMPARED or len(self.found) + len(new) > MOST_HITS:
            self.is_cut = True
            return False
        self.found |= new
        return True

    def _rows(self, which: Q) -> list[_Person]:
        found: dict[int, _Person] = {}
        for people in self.people:
            columns = people.filter(which).values_list("pk", "family_name", "given_name", "birth_date", "merged_into")
            found |= {row[0]: _Person(*row) for row in columns[: MOST_COMPARED + 1]}
        return list(found.values())

    def _closeness(self, row: _Person) -> tuple[Closeness, int] | None:
        return closeness(self.search.words, row.family_name, row.given_name, family_words=self.search.family_words)

    def _active(self, or_else: Q) -> Q:
        return Q() if self.with_gone else Q(registration_state=RegistrationState.ACTIVE) | or_else

    def _keys(self) -> Q:
        """Everything that was given besides names and number."""
        search, keys = self.search, Q()
        if search.birth_date:
            keys &= Q(birth_date=search.birth_date)
        if search.postcode:
            keys &= Q(postcode=search.postcode)
        if search.district:
            keys &= Q(postcode__startswith=f"{search.district} ")
        if search.phone:
            keys &= Q(mobile=search.phone) | Q(home=search.phone)
        return keys

    def _in_use(self, near: list[_Person]) -> list[_Person]:
        """The same people; for a row that was merged the one that is used instead."""
        instead = {each.merged_into: each for each in near if each.merged_into}
        if not instead:
            return near
        kept = self._rows(self._active(Q()) & Q(pk__in=list(instead)))
        used = [each for each in near if not each.merged_into]
        return used + [
            replace(each, closeness=instead[each.id].closeness, lead=Lead.MERGED)
            for each in kept
            if each.id not in {one.id for one in used}
        ]


def _stages(search: Search, found: Collection[int]) -> Iterator[Q]:
    """Who may have these names: exactly, then by their beginnings, then with another name between, then by a slip."""
    known = [names_beginning(word) if len(word) > 1 else (Names(), Names(), False) for word in search.words]
    exact, beginning = [each[0] for each in known], [each[1] for each in known]
    yield from _called(search, exact)
    yield from _called(search, beginning)
    if len(found) < PAGE_SIZE and len(search.words) > 1:
        yield _with_a_name_between(search, beginning)
    if len(found) < PAGE_SIZE:
        like = [names_like(word) if slips_allowed(word) else Names() for word in search.words]
        yield from _called(search, [a | b for a, b in zip(exact, like, strict=True)])


def _called(search: Search, names: Sequence[Names]) -> Iterator[Q]:
    """Who has, of each typed word, one of these names."""
    words = range(len(search.words))
    of_family = [at for at in words if not search.family_words or at < search.family_words]
    of_given = [at for at in words if not search.family_words or at >= search.family_words]
    family, given = _union(names[at].family for at in of_family), _union(names[at].given for at in of_given)
    if len(search.words) == 1:
        yield Q(family_name__in=family)
        if not search.family_words:
            yield Q(word__in=given)
        return
    by_given, by_family = Q(word__in=given), Q(family_name__in=family)
    initials = [word for word in search.words if len(word) == 1]
    stage = by_family & (by_given | _beginning("word", initials))
    if initials:
        stage |= by_given & _beginning("family_name", initials)
    if len(of_family) == len(search.words):  # van der Berg
        stage |= Q(family_name__in=set.intersection(*(names[at].family for at in of_family)))
    yield stage


def _with_a_name_between(search: Search, names: Sequence[Names]) -> Q:
    """Mary Jane Smith, whom people know as Jane."""
    family, given = _union(each.family for each in names), _union(each.given for each in names)
    folded_given = Func(F("given_name"), function="patients_folded", output_field=TextField())
    between = reduce(or_, (Q(Contains(folded_given, f" {word}")) for word in search.words))
    return between & (Q(family_name__in=family) | Q(word__in=given))


def _beginning(column: str, words: Iterable[str]) -> Q:
    return reduce(or_, (Q(**{f"{column}__istartswith": word}) for word in words), Q(pk__in=()))


def _union(names: Iterable[set[str]]) -> set[str]:
    return set().union(*names)


def _hits(actor: Actor, found: list[_Person], shown: list[_Person]) -> tuple[Hit, ...]:
    alike = Counter(each.looks for each in found)
    rows = {row.pk: row for row in visible_to(actor).filter(pk__in=[each.id for each in shown])}
    return tuple(
        Hit(shown_to(actor, rows[each.id]), each.closeness[0], each.lead, alike[each.looks] > 1) for each in shown
    )
