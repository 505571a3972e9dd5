"""Reading an onboarding file: every error at once, each with its place in the file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml
from pydantic import ValidationError

from pcnhub.foundations.kernel.refusals import InvalidInput, Problem
from pcnhub.onboarding.shapes import OnboardingFile, TemplateShape

# What names an entry in an error, so that a reader finds it without counting.
_NAMED_BY = ("ods", "username", "name", "kind", "code", "organisation")


def read(path: Path) -> OnboardingFile:
    """The file's content, checked. Raises InvalidInput with every problem; OSError is turned into one too."""
    plain = _parse(path)
    if not isinstance(plain, dict):
        raise InvalidInput([Problem("file", "empty", "The file holds no tables", "Start from the commented example")])
    try:
        content = OnboardingFile.model_validate(plain)
    except ValidationError as error:
        raise InvalidInput(
            _problem(plain, one["loc"], one["msg"], one.get("input")) for one in error.errors()
        ) from None
    problems = list(_dangling(content))
    if problems:
        raise InvalidInput(problems)
    return content


def _parse(path: Path) -> object:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            [Problem("file", "unreadable", f"{path.name} can't be read: {error}", "Save it as UTF-8")]
        ) from None
    try:
        return tomllib.loads(text) if path.suffix == ".toml" else yaml.safe_load(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput([Problem("file", "not-toml", str(error), "Mend the TOML at that line")]) from None
    except yaml.YAMLError as error:
        raise InvalidInput([Problem("file", "not-yaml", " ".join(str(error).split()), "Mend the YAML there")]) from None


def _problem(plain: object, place: tuple[int | str, ...], message: str, given: object) -> Problem:
    value = str(given) if isinstance(given, (str, int, float, bool)) else ""
    return Problem(_spoken(plain, place), "invalid", message.removeprefix("Value error, "), _remedy(message), value)


def _spoken(plain: object, place: tuple[int | str, ...]) -> str:
    """`organisations[3] (A81001).list_size`: counted from one, and named where the entry has a name."""
    words, here = "", plain
    for step in place:
        here = _step(here, step)
        if isinstance(step, int):
            words += f"[{step + 1}]" + _name_of(here)
        else:
            words += f".{step}" if words else step
    return words


def _step(here: object, step: int | str) -> object:
    if isinstance(here, dict):
        return here.get(step)
    if isinstance(here, list) and isinstance(step, int) and step < len(here):
        return here[step]
    return None


def _name_of(entry: object) -> str:
    if isinstance(entry, dict):
        for key in _NAMED_BY:
            if entry.get(key):
                return f" ({entry[key]})"
    return ""


def _remedy(message: str) -> str:
    if message.startswith("Extra inputs"):
        return "Take the field out, or mend its spelling"
    if message.startswith("Field required"):
        return "Add the field"
    return "Mend the value"


def _dangling(content: OnboardingFile) -> Iterator[Problem]:
    """Names that point nowhere in the file, and names that stand twice."""
    yield from _twice("organisations", (one.ods for one in content.organisations))
    yield from _twice("people", (one.username for one in content.people))
    yield from _twice("groups", (one.name for one in content.groups))
    yield from _twice("slot_types", (one.name for one in content.slot_types))
    yield from _twice("agreements", (one.kind for one in content.agreements))
    kinds = {one.ods: one.kind for one in content.organisations}
    hub = content.network.hub
    if kinds.get(hub) != "hub":
        yield _points_nowhere("network.hub", hub, "an organisation of kind hub in this file")
    for number, member in enumerate(content.network.members, 1):
        if kinds.get(member.ods) != "practice":
            yield _points_nowhere(
                f"network.members[{number}]", member.ods, "an organisation of kind practice in this file"
            )
    for number, one in enumerate(content.organisations, 1):
        if one.parent_icb and one.parent_icb not in kinds:
            yield _points_nowhere(
                f"organisations[{number}] ({one.ods}).parent_icb", one.parent_icb, "an organisation in this file"
            )
    for number, person in enumerate(content.people, 1):
        for place, position in enumerate(person.positions, 1):
            where = f"people[{number}] ({person.username}).positions[{place}]"
            if position.organisation not in kinds:
                yield _points_nowhere(where, position.organisation, "an organisation in this file")
            if bool(position.prescriber_code) != bool(position.prescriber_code_kind):
                yield Problem(
                    where, "half-given", "prescriber_code and prescriber_code_kind go together", "Give both or neither"
                )
    for number, group in enumerate(content.groups, 1):
        for ods in group.members:
            if ods not in kinds:
                yield _points_nowhere(f"groups[{number}] ({group.name}).members", ods, "an organisation in this file")
    holders = {p.username: {x.organisation for x in p.positions} for p in content.people}
    for number, team in enumerate(content.teams, 1):
        where = f"teams[{number}] ({team.name})"
        if team.organisation not in kinds:
            yield _points_nowhere(where, team.organisation, "an organisation in this file")
        for username in team.members:
            if team.organisation not in holders.get(username, set()):
                yield _points_nowhere(f"{where}.members", username, f"a person with a position at {team.organisation}")
    yield from _dangling_templates(content, holders)


def _dangling_templates(content: OnboardingFile, holders: dict[str, set[str]]) -> Iterator[Problem]:
    hub = content.network.hub
    types = {one.name for one in content.slot_types}
    groups = {one.name for one in content.groups}
    sites = {site.name for one in content.organisations if one.ods == hub for site in one.sites}
    for number, template in enumerate(content.session_templates, 1):
        where = f"session_templates[{number}] ({template.name})"
        if template.slot_type not in types:
            yield _points_nowhere(f"{where}.slot_type", template.slot_type, "a slot type in this file")
        if template.holder and hub not in holders.get(template.holder, set()):
            yield _points_nowhere(f"{where}.holder", template.holder, f"a person with a position at the hub, {hub}")
        if template.site and template.site not in sites:
            yield _points_nowhere(f"{where}.site", template.site, "a site of the hub in this file")
        for username in template.further_holders:
            if hub not in holders.get(username, set()):
                yield _points_nowhere(
                    f"{where}.further_holders", username, f"a person with a position at the hub, {hub}"
                )
        for field, named in _groups_named_by(template):
            if named not in groups:
                yield _points_nowhere(f"{where}.{field}", named, "a group in this file")
        if template.ends_at <= template.starts_at:
            yield Problem(
                f"{where}.ends_at",
                "backwards",
                "It is not after starts_at",
                "Mend one of the two",
                str(template.ends_at),
            )


def _groups_named_by(template: TemplateShape) -> Iterator[tuple[str, str]]:
    yield from (("groups", name) for name in template.groups)
    if template.release:
        yield "release.group", template.release.group
    yield from (("quotas", quota.group) for quota in template.quotas if quota.group)


def _points_nowhere(where: str, value: str, what: str) -> Problem:
    return Problem(where, "points-nowhere", f"This must name {what}", "Add it, or mend the spelling", value)


def _twice(where: str, names: Iterable[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, name in enumerate(names, 1):
        if name in seen:
            yield Problem(f"{where}[{number}]", "repeated", "This stands twice", "Keep one of the two", name)
        seen.add(name)
