"""The one table that drives JSON and XML both ways: for each struct its elements, derived from the struct itself."""

from __future__ import annotations

import functools
import types
import typing
from dataclasses import dataclass

import msgspec

from pcnhub.foundations.fhir.abstract import Resource
from pcnhub.foundations.fhir.datatypes import Wire
from pcnhub.foundations.fhir.primitives import ATTRIBUTE, Code, Primitive, Xhtml

CODE: Primitive = Code.__metadata__[0]  # type: ignore[attr-defined]
XHTML: Primitive = Xhtml.__metadata__[0]  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class ElementRow:
    """One element: exactly one of `primitive` and `struct` says what it holds; `Resource` itself stands for any resource."""

    attribute: str
    wire: str
    repeats: bool
    required: bool
    primitive: Primitive | None = None
    struct: type[Wire] | None = None
    codes: frozenset[str] = frozenset()
    in_xml_attribute: bool = False
    choice: str = ""

    @property
    def holds_resource(self) -> bool:
        return self.struct is Resource

    @property
    def is_xhtml(self) -> bool:
        return self.primitive is XHTML


@functools.cache
def elements_of(struct: type[Wire]) -> dict[str, ElementRow]:
    """The elements of a datatype, backbone or resource by their names on the wire, in the order of the specification."""
    annotations = typing.get_type_hints(struct, include_extras=True)
    rows = (_row(struct, each, annotations[each.name]) for each in msgspec.structs.fields(struct))
    return {row.wire: row for row in rows}


def _row(struct: type[Wire], each: msgspec.structs.FieldInfo, annotation: object) -> ElementRow:
    inner, repeats = _unwrapped(annotation)
    wire = each.encode_name
    required = each.default is msgspec.NODEFAULT
    choice = next((name for name in struct.choices if wire.startswith(name) and wire[len(name) :][:1].isupper()), "")
    if typing.get_origin(inner) is typing.Literal:
        return ElementRow(
            each.name, wire, repeats, required, CODE, codes=frozenset(typing.get_args(inner)), choice=choice
        )
    if typing.get_origin(inner) is typing.Annotated:
        marks = inner.__metadata__  # type: ignore[attr-defined]
        return ElementRow(
            each.name, wire, repeats, required, marks[0], in_xml_attribute=ATTRIBUTE in marks, choice=choice
        )
    if not (isinstance(inner, type) and issubclass(inner, Wire)):
        raise TypeError(f"{struct.__name__}.{each.name} is neither a primitive nor a struct of the vocabulary")
    return ElementRow(each.name, wire, repeats, required, struct=inner, choice=choice)


def _unwrapped(annotation: object) -> tuple[object, bool]:
    """What an annotation holds, without `| None` and `tuple[..., ...]`, and whether it repeats."""
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        annotation = next(each for each in typing.get_args(annotation) if each is not type(None))
    if typing.get_origin(annotation) is tuple:
        return typing.get_args(annotation)[0], True
    return annotation, False
