"""Finding people by each thing that is asked for, among 200,000 and among ten times as many: spread over 200 practices, and all
in one organisation. Beside it the same SQL, bare.

The people are made by the database: names as unevenly shared as real ones are, every tenth family name common. No real place
holds 2,000,000 people in one list; it shows what the time depends on.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from itertools import cycle

import psycopg

from pcnhub.care.organisations.models import Organisation
from pcnhub.care.organisations.rules import OrganisationKind
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.operations.vocabulary import learn_own_names
from pcnhub.care.patients.queries import find_patients
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from tests.bench.hub import Hub
from tests.bench.measuring import Aim, Figure, Pair, in_turns, listening, milliseconds, p95, written_out
from tests.bench.networks import receptionist

FEW, MANY = 200_000, 2_000_000
PRACTICES = 200
AIM = 1000.0  # ms; GP Connect's level for queries, which the staff's own search should keep as well
FAMILY_NAMES, GIVEN_NAMES = 30_000, 4_000
FIRST = 10_000_000  # ids of the people made here
_SYLLABLES = (
    ("B", "Br", "C", "Cl", "D", "F", "G", "Gr", "H", "J", "K", "L", "M", "N", "P", "R", "S", "Sh", "Sm", "T", "Th", "W", "Wh"),
    ("a", "e", "i", "o", "u", "ar", "ea", "en", "il", "in", "on", "or", "ow"),
    ("ck", "d", "field", "h", "ing", "ith", "ley", "ll", "man", "n", "nes", "r", "rd", "s", "son", "th", "ton", "w", "y"),
)  # fmt: skip

# Every third one has a home telephone and most a mobile one; fifteen people share a postcode.
_PEOPLE = """
insert into patients_patient (
  id, organisation_id, nhs_number, title, given_name, family_name, previous_family_name, birth_date, sex, address_lines, postcode,
  home_phone, mobile_phone, work_phone, email, usual_gp, preferred_language, language_code, temporary_address_lines,
  temporary_postcode, temporary_phone, registration_type, registration_state, registered_on, is_sensitive,
  dissents_from_sharing, trace_state, traced_by, trace_basis, pds_version, contact_sources, created_at, updated_at, version)
select %(first)s + place, organisation, number, '', given, family, '', date '1930-01-01' + (random() * 33000)::int, 'unknown',
  array[place %% 90 || ' High Street'],
  'DN' || home / 1500 || ' ' || (home / 150) %% 10 || chr(65 + home %% 25) || chr(65 + (home / 25) %% 25),
  case when place %% 3 = 0 then '01' || lpad((place * 7 %% 1000000000)::text, 9, '0') else '' end,
  case when place %% 5 > 0 then '07' || lpad((place * 13 %% 1000000000)::text, 9, '0') else '' end,
  '', '', '', '', '', '{}', '', '', 'regular', 'active', date '2020-01-01', false, false, 'local', '', '', '', '{}', now(), now(),
  1
from (
  select place, place / 15 as home, (%(organisations)s::bigint[])[1 + place %% %(spread)s] as organisation,
    nine || case when 11 - rest = 11 then '0' else (11 - rest)::text end as number,
    (%(families)s::text[])[1 + floor(power(random(), 2.3) * %(family_names)s)::int] as family,
    (%(givens)s::text[])[1 + floor(power(random(), 2.2) * %(given_names)s)::int] as given
  from (select place, nine,
          (select sum(substr(nine, digit, 1)::int * (11 - digit)) from generate_series(1, 9) digit) %% 11 as rest
        from generate_series(%(low)s, %(high)s - 1) place, lateral (select (600000000 + place)::text as nine) nines) numbered
  where rest <> 1) person
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody asks for somebody."""

    actor: Actor
    text: str


@dataclass(frozen=True, slots=True)
class Somebody:
    organisation_id: int
    nhs_number: str
    given_name: str
    family_name: str
    birth_date: date
    postcode: str
    mobile_phone: str


def _slip(name: str) -> str:
    """Two letters in the middle have changed places."""
    at = len(name) // 2 - 1
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


WAYS: dict[str, Callable[[Somebody], str]] = {
    "NHS number": lambda one: one.nhs_number,
    "name and date of birth": lambda one: f"{one.given_name} {one.family_name} {one.birth_date:%d/%m/%Y}",
    "date of birth": lambda one: f"{one.birth_date:%d/%m/%Y}",
    "family and given name": lambda one: f"{one.family_name}, {one.given_name}",
    "beginnings of both names": lambda one: f"{one.family_name[:4]} {one.given_name[:3]}",
    "family name alone": lambda one: one.family_name,
    "given name alone": lambda one: one.given_name,
    "mistyped family name": lambda one: f"{_slip(one.family_name)} {one.given_name}",
    "mistyped, with date of birth": lambda one: f"{_slip(one.family_name)} {one.birth_date:%d/%m/%Y}",
    "postcode": lambda one: one.postcode,
    "phone number": lambda one: one.mobile_phone,
}


def measure(hub: Hub) -> list[Figure]:
    few, many = (FEW // 20, MANY // 20) if hub.is_quick else (FEW, MANY)
    actor = receptionist("A99801", hub.now)
    shapes = {f"in {PRACTICES} practices": _practices(actor, PRACTICES), "in one organisation": _practices(actor, 1)}
    return [_figure(hub, actors, where, few, many) for where, actors in shapes.items()]


def _figure(hub: Hub, actors: dict[int, Actor], where: str, few: int, many: int) -> Figure:
    with hub.bare() as bare:
        try:
            _build(bare, actors, 0, few)
            before = {way: _p95(hub, _asked(bare, actors, few, way, hub)) for way in WAYS}
            learnt = _build(bare, actors, few, many)
            asked = {way: _asked(bare, actors, many, way, hub) for way in WAYS}
            after = {way: _p95(hub, asked[way]) for way in WAYS}
            all_ways = [each for several in zip(*asked.values(), strict=True) for each in several]
            pair = _beside_bare(hub, bare, all_ways)
        finally:
            _take_away(bare)
    return pair.figure(
        f"Finding one of {many:,} people {where}, {len(WAYS)} ways of asking",
        "the same SQL, bare",
        notes=(
            f"95 of 100, in ms, among {few:,} and among {many:,}: "
            + "; ".join(f"{way} {before[way]:.0f} and {after[way]:.0f}" for way in WAYS),
            f"learning the names of the last {many - few:,} took {learnt:.1f} s",
        ),
        aim=Aim("95 of 100 within 1 s (GP Connect, queries)", AIM, p95(pair.ours)),
    )


def _beside_bare(hub: Hub, bare: psycopg.Connection, all_ways: list[Asked]) -> Pair:
    statements = [_statements(hub, each) for each in all_ways]
    ours, theirs = cycle(all_ways), cycle(statements)
    return in_turns(
        lambda: _find(hub, next(ours)),
        lambda: [bare.execute(sql).fetchall() for sql in next(theirs)],
        seconds=hub.seconds(20),
        least=len(all_ways),
        bare=bare,
    )


def _find(hub: Hub, asked: Asked) -> object:
    return find_patients(actor=asked.actor, now=hub.now, text=asked.text)


def _p95(hub: Hub, asked: list[Asked]) -> float:
    _find(hub, asked[0])
    return p95(tuple(milliseconds(lambda each=each: _find(hub, each)) for each in asked))  # type: ignore[misc]


def _statements(hub: Hub, asked: Asked) -> list[str]:
    with listening() as heard:
        _find(hub, asked)
    reads = [written_out(each) for each in heard.statements if "patients_" in each[0]]
    who = {"organisation": str(asked.actor.organisation.id), "user": asked.actor.user, "purpose": "direct-care"}
    return [f"select set_config('pcnhub.{name}', '{value}', false)" for name, value in who.items()] + reads


def _asked(bare: psycopg.Connection, actors: dict[int, Actor], people: int, way: str, hub: Hub) -> list[Asked]:
    """The same people for each way, and for each number of people as near as there are."""
    draw = random.Random(4)
    ids = [FIRST + draw.randrange(people) for _ in range(120)]
    columns = "organisation_id, nhs_number, given_name, family_name, birth_date, postcode, mobile_phone"
    found = bare.execute(
        f"select {columns} from patients_patient where id = any(%s) and mobile_phone <> '' order by id",  # noqa: S608
        [ids],
    ).fetchall()
    some = [Somebody(*row) for row in found[: 20 if hub.is_quick else 60]]
    return [Asked(actors[one.organisation_id], WAYS[way](one)) for one in some]


def _practices(actor: Actor, number: int) -> dict[int, Actor]:
    made = {}
    for place in range(number):
        ods = f"L{number:03}{place:03}"
        one = Organisation.objects.create(ods_code=ods, name=f"List {ods}", kind=OrganisationKind.PRACTICE)
        made[one.pk] = replace(actor, organisation=OrganisationRef(one.pk, ods, one.name, one.kind))
    return made


def _build(bare: psycopg.Connection, actors: dict[int, Actor], low: int, high: int) -> float:
    """People up to so many, and how many seconds learning the names of the new ones took."""
    draw = random.Random(4)
    families, givens = list(_names(draw, FAMILY_NAMES)), list(_names(draw, GIVEN_NAMES))
    bare.execute("select setseed(%s)", [low / MANY])
    values = {"first": FIRST, "low": low, "high": high, "organisations": list(actors), "spread": len(actors)}
    names = {"families": families, "givens": givens, "family_names": len(families), "given_names": len(givens)}
    with bare.transaction(), _indexed_afterwards(bare):
        bare.execute("set local session_replication_role = replica")
        bare.execute(_PEOPLE, values | names)
    took = milliseconds(lambda: _learn(actors)) / 1000
    bare.execute("vacuum analyze patients_patient, patients_knownname")
    return took


@contextmanager
def _indexed_afterwards(bare: psycopg.Connection) -> Iterator[None]:
    """Millions of rows go in without the table's indexes, which are made again at the end in a tenth of the time."""
    indexes = bare.execute(
        "select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index"
        " where indrelid = 'patients_patient'::regclass"
        " and not exists (select from pg_constraint where conindid = indexrelid)"
    ).fetchall()
    for name, _ in indexes:
        bare.execute(f"drop index {name}")
    yield
    for _, definition in indexes:
        bare.execute(definition)


def _learn(actors: dict[int, Actor]) -> None:
    for organisation_id, actor in actors.items():
        with unit_of_work(actor):
            people = Patient.objects.filter(organisation=organisation_id)
            family, given = (
                set(people.values_list(name, flat=True).distinct()) for name in ("family_name", "given_name")
            )
            learn_own_names(family, given)


def _names(draw: random.Random, number: int) -> Iterator[str]:
    """The first are the commonest, and short."""
    begins, vowels, ends = _SYLLABLES
    seen: set[str] = set()
    while len(seen) < number:
        middle = draw.choice(vowels) + draw.choice(begins).lower() if len(seen) > number // 10 else ""
        name = draw.choice(begins) + middle + draw.choice(vowels) + draw.choice(ends)
        if name not in seen:
            seen.add(name)
            yield name


def _take_away(bare: psycopg.Connection) -> None:
    with bare.transaction():
        bare.execute("set local session_replication_role = replica")
        bare.execute("delete from patients_patient where id >= %s", [FIRST])
    bare.execute(
        "delete from patients_knownname known using organisations_organisation organisation"
        " where organisation.id = known.organisation_id and ods_code ~ '^L'"
    )
    bare.execute("vacuum full patients_patient, patients_knownname")
