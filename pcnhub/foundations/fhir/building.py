"""From plain values (dicts, lists, text, numbers) to structs, by the element table, naming all that does not fit."""

from __future__ import annotations

from typing import Any

from pcnhub.foundations.fhir.abstract import Resource, type_of
from pcnhub.foundations.fhir.datatypes import Wire
from pcnhub.foundations.fhir.elements import ElementRow, elements_of
from pcnhub.foundations.fhir.refusals import INVALID, UNKNOWN, WRONG_TYPE, problem
from pcnhub.foundations.fhir.resources import RESOURCES
from pcnhub.foundations.kernel.refusals import Problem

DEEPEST = 40  # a structured record nests to about 12
MOST_PROBLEMS = 50


class Builder:
    """One reading of one body.

    Strict: everything that does not fit is a problem, and nothing is built. Lenient, for what other systems answer: what
    isn't known or can't be read and isn't required is left out and named in `left_out`. Lenient also takes a list's only
    item standing alone, one thing in a list, and a quoted quantity: the national samples do all three.
    """

    def __init__(self, *, lenient: bool = False) -> None:
        self.lenient = lenient
        self.problems: list[Problem] = []
        self.left_out: list[str] = []

    def resource(self, raw: Any, expected: type[Resource], path: str, depth: int = 0) -> Resource | None:
        """A resource of the type expected; Resource itself means any of the vocabulary."""
        named = raw.get("resourceType") if isinstance(raw, dict) else None
        wanted = "a resource" if expected is Resource else type_of(expected)
        if not isinstance(named, str):
            self._add(problem(path, WRONG_TYPE, "There is no resourceType", f"Send {wanted}."))
            return None
        known = RESOURCES.get(named)
        if known is None and self.lenient and expected is Resource:
            self.left_out.append(f"{path}: {named[:40]}")
            return None
        if known is None or (expected is not Resource and known is not expected):
            self._add(problem(path, WRONG_TYPE, "This resource does not belong here", f"Send {wanted}.", named))
            return None
        content = {name: value for name, value in raw.items() if name != "resourceType"}
        built = self.struct(content, known, path or named, depth)
        return built if isinstance(built, Resource) else None

    def struct(self, raw: Any, struct: type[Wire], path: str, depth: int) -> Wire | None:
        if not isinstance(raw, dict) or (not raw and not issubclass(struct, Resource)):
            self._add(problem(path, INVALID, "An element with content is needed", "Send an object that is not empty."))
            return None
        if depth > DEEPEST:
            self._add(problem(path, INVALID, f"Elements are nested more than {DEEPEST} deep"))
            return None
        before = len(self.problems)
        table = elements_of(struct)
        values: dict[str, Any] = {}
        for name, value in raw.items():
            row = table.get(name)
            where = f"{path}.{name}"
            if row is None:
                self._unknown(where)
                continue
            read = self._element(row, value, where, depth)
            if read is not None:
                values[row.attribute] = read
        self._check_whole(struct, values, raw, path)
        return struct(**values) if len(self.problems) == before else None

    def _element(self, row: ElementRow, value: Any, path: str, depth: int) -> Any:
        if not row.repeats:
            if self.lenient and isinstance(value, list) and len(value) == 1:
                value = value[0]
            return self._one(row, value, path, depth)
        if not isinstance(value, list) and self.lenient:
            value = [value]
        if not isinstance(value, list) or not value:
            self._unfit(
                row, problem(path, INVALID, "A list that is not empty is needed", "Send it as a list, or leave it out.")
            )
            return None
        items = [self._one(row, each, f"{path}[{index}]", depth) for index, each in enumerate(value)]
        return tuple(each for each in items if each is not None) or None

    def _one(self, row: ElementRow, value: Any, path: str, depth: int) -> Any:
        if row.primitive is None:
            if row.struct is Resource:
                return self.resource(value, Resource, path, depth + 1)
            assert row.struct is not None  # noqa: S101 - a row has one or the other
            return self._nested(row, value, path, depth)
        if self.lenient and row.primitive.name == "decimal" and isinstance(value, str):
            value = row.primitive.read_text(value)  # the national samples quote their quantities
        if not row.primitive.is_valid(value):
            self._unfit(
                row, problem(path, INVALID, f"This is not {row.primitive.words}", "Correct it or leave it out.", value)
            )
            return None
        if row.codes and value not in row.codes:
            self._unfit(
                row,
                problem(
                    path,
                    INVALID,
                    "This code is not in the value set",
                    f"Use one of: {', '.join(sorted(row.codes))}.",
                    value,
                ),
            )
            return None
        return value

    def _nested(self, row: ElementRow, value: Any, path: str, depth: int) -> Wire | None:
        """A part that can't be read takes only itself with it where that is allowed."""
        before = len(self.problems)
        assert row.struct is not None  # noqa: S101
        built = self.struct(value, row.struct, path, depth + 1)
        if built is None and self.lenient and not row.required:
            del self.problems[before:]
            self.left_out.append(path)
        return built

    def _check_whole(self, struct: type[Wire], values: dict[str, Any], raw: dict[str, Any], path: str) -> None:
        chosen: dict[str, list[str]] = {choice: [] for choice in struct.required_choices}
        for wire, row in elements_of(struct).items():
            if row.required and wire not in raw:
                self._add(problem(f"{path}.{wire}", INVALID, "This element is required", "Send it."))
            elif row.required and row.attribute not in values and self.lenient:
                self._add(
                    problem(f"{path}.{wire}", INVALID, "This element is required and can't be read", "Correct it.")
                )
            if row.choice and wire in raw:
                chosen.setdefault(row.choice, []).append(wire)
        for choice, wires in chosen.items():
            where = f"{path}.{choice}[x]"
            if not wires:
                self._add(problem(where, INVALID, "This element is required", "Send it with one of its types."))
            elif len(wires) > 1:
                self._add(problem(where, INVALID, f"Only one of {', '.join(wires)} may stand", "Send one of them."))

    def _unknown(self, path: str) -> None:
        if self.lenient:
            self.left_out.append(path)
        else:
            self._add(
                problem(
                    path, UNKNOWN, "FHIR STU3 has no such element here", "Remove it, or check how its name is spelt."
                )
            )

    def _unfit(self, row: ElementRow, found: Problem) -> None:
        if self.lenient and not row.required:
            self.left_out.append(found.field)
        else:
            self._add(found)

    def _add(self, found: Problem) -> None:
        if len(self.problems) < MOST_PROBLEMS or self.lenient:
            self.problems.append(found)
