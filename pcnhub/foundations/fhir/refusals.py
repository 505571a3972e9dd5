"""Why a body is not the resource that was asked for. Every problem at once, each with the path of its element."""

from __future__ import annotations

from pcnhub.foundations.kernel.refusals import InvalidInput, Problem

MALFORMED, WRONG_TYPE, UNKNOWN, INVALID = (
    "fhir-malformed",
    "fhir-wrong-resource",
    "fhir-unknown-element",
    "fhir-invalid",
)
_SHOWN = 80  # characters of a value that a problem repeats


class NotFhir(InvalidInput):
    """Not JSON or XML that can be read at all, or too large, or a name said twice."""

    code = "fhir-malformed"
    who_can = "the system that sent it"


class InvalidElement(NotFhir):
    """Readable, but an element is missing, of the wrong shape, or not of its type or value set."""

    code = "fhir-invalid"


class UnknownField(InvalidElement):
    """An element that FHIR STU3 does not have in that place."""

    code = "fhir-unknown-element"


class NotThatResource(InvalidElement):
    """Another resource type than the one that belongs there."""

    code = "fhir-wrong-resource"


MALFORMED, INVALID, UNKNOWN, WRONG_TYPE = (
    each.code for each in (NotFhir, InvalidElement, UnknownField, NotThatResource)
)


def problem(path: str, code: str, message: str, remedy: str = "", value: object = "") -> Problem:
    shown = str(value)
    return Problem(path, code, message, remedy, shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}...")


def refuse(problems: list[Problem]) -> InvalidElement:
    """The refusal that says most: a wrong resource type before unknown elements before anything else."""
    codes = {each.code for each in problems}
    if WRONG_TYPE in codes:
        return NotThatResource(problems)
    return UnknownField(problems) if UNKNOWN in codes else InvalidElement(problems)
