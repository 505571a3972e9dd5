"""FHIR's XML by the element table: read into the same plain values as JSON, written as text (stu3/xml.html).

A DTD is refused whole, so no entity is ever declared; the parser resolves none, fetches nothing, and keeps its limits.
"""

from __future__ import annotations

import decimal
from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import quoteattr

from lxml import etree

from pcnhub.foundations.fhir.abstract import Resource, type_of
from pcnhub.foundations.fhir.datatypes import Wire
from pcnhub.foundations.fhir.elements import ElementRow, elements_of
from pcnhub.foundations.fhir.refusals import INVALID, MALFORMED, UNKNOWN, NotFhir, problem
from pcnhub.foundations.fhir.resources import RESOURCES
from pcnhub.foundations.kernel.refusals import Problem

FHIR = "http://hl7.org/fhir"
XHTML = "http://www.w3.org/1999/xhtml"


def _parse(body: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, dtd_validation=False,
        attribute_defaults=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise NotFhir(
            [problem("", MALFORMED, f"This is not XML{f' (line {line})' if line else ''}", "Send well-formed XML.")]
        ) from None
    document: Any = root.getroottree().docinfo
    if document.doctype:
        raise NotFhir([problem("", MALFORMED, "A document type is not allowed", "Send the XML without a DOCTYPE.")])
    return root


class Reader:
    """One reading of one document into plain values; what JSON could not have said is a problem of its own."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def document(self, body: bytes) -> dict[str, Any]:
        """Raises NotFhir where it isn't well-formed, or not in FHIR's namespace."""
        root = _parse(body)
        if etree.QName(root).namespace != FHIR:
            raise NotFhir([problem("", MALFORMED, "The XML is not in FHIR's namespace", f'Write xmlns="{FHIR}".')])
        return self._resource(root, etree.QName(root).localname)

    def _resource(self, node: etree._Element, path: str) -> dict[str, Any]:
        name = etree.QName(node).localname
        known = RESOURCES.get(name)
        return {"resourceType": name, **(self._children(node, known, path) if known else {})}

    def _children(self, node: etree._Element, struct: type[Wire], path: str) -> dict[str, Any]:
        table = elements_of(struct)
        self._only_blank_text(node, path)
        values: dict[str, Any] = self._attributes(node, table, path)
        for child in node:
            name = etree.QName(child)
            row = table.get(name.localname)
            where = f"{path}.{name.localname}"
            if row is None or row.in_xml_attribute or name.namespace != (XHTML if row.is_xhtml else FHIR):
                values[name.localname if row is None else f"{{{name.namespace}}}{name.localname}"] = (
                    ""  # unknown to the builder
                )
                continue
            if row.repeats:
                so_far = values.setdefault(row.wire, [])
                so_far.append(self._value(row, child, f"{where}[{len(so_far)}]"))
            elif row.wire in values:
                self.problems.append(problem(where, INVALID, "This element stands twice", "Send it once."))
            else:
                values[row.wire] = self._value(row, child, where)
        return values

    def _value(self, row: ElementRow, node: etree._Element, path: str) -> Any:
        if row.is_xhtml:
            return etree.tostring(node, encoding="unicode", with_tail=False).strip()
        if row.holds_resource:
            self._only_blank_text(node, path)
            if len(node) != 1 or node.attrib:
                self.problems.append(problem(path, INVALID, "Exactly one resource stands in here"))
                return {"resourceType": type_of(Resource)}
            return self._resource(node[0], path)
        if row.struct is not None:
            return self._children(node, row.struct, path)
        assert row.primitive is not None  # noqa: S101 - a row has one or the other
        self._only_blank_text(node, path)
        for name in map(str, node.attrib):
            if name != "value":
                self.problems.append(
                    problem(f"{path}.{name}", UNKNOWN, "This attribute is not known here", "Remove it.")
                )
        for child in node:
            inner = f"{path}.{etree.QName(child).localname}"
            self.problems.append(problem(inner, UNKNOWN, "Extensions of simple values are not read", "Remove it."))
        return row.primitive.read_text(node.attrib.get("value", ""))

    def _attributes(self, node: etree._Element, table: dict[str, ElementRow], path: str) -> dict[str, Any]:
        values = {}
        for key, value in node.attrib.items():
            name = str(key)
            row = table.get(name)
            if row is not None and row.in_xml_attribute:
                values[row.wire] = str(value)
            elif name != "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation":
                self.problems.append(
                    problem(f"{path}.{name}", UNKNOWN, "This attribute is not known here", "Remove it.")
                )
        return values

    def _only_blank_text(self, node: etree._Element, path: str) -> None:
        if (node.text or "").strip() or any((child.tail or "").strip() for child in node):
            self.problems.append(
                problem(path, INVALID, "Text stands between the elements", "Write values as value attributes.")
            )


def write(resource: Resource, *, is_part: bool = False) -> str:
    """A resource as an element in FHIR's namespace, without an XML declaration; a part has it from what it stands in."""
    parts: list[str] = []
    _write_resource(resource, parts, "" if is_part else f' xmlns="{FHIR}"')
    return "".join(parts)


def _write_resource(resource: Resource, parts: list[str], namespace: str = "") -> None:
    name = type_of(resource)
    parts.append(f"<{name}{namespace}>")
    _write_children(resource, parts)
    parts.append(f"</{name}>")


def _write_children(struct: Wire, parts: list[str]) -> None:
    for row in _rows(struct):
        value = getattr(struct, row.attribute)
        if value is None or row.in_xml_attribute:
            continue
        for each in value if row.repeats else (value,):
            _write_one(row, each, parts)


def _write_one(row: ElementRow, value: Any, parts: list[str]) -> None:
    if row.is_xhtml:
        _parse(value.encode())  # what isn't well-formed must not break out of its place
        parts.append(value)
    elif row.primitive is not None:
        parts.append(f"<{row.wire} value={quoteattr(_text(value))}/>")
    elif row.holds_resource:
        parts.append(f"<{row.wire}>")
        _write_resource(value, parts)
        parts.append(f"</{row.wire}>")
    else:
        attributes = "".join(
            f" {each.wire}={quoteattr(getattr(value, each.attribute))}"
            for each in _rows(value)
            if each.in_xml_attribute and getattr(value, each.attribute) is not None
        )
        parts.append(f"<{row.wire}{attributes}>")
        _write_children(value, parts)
        parts.append(f"</{row.wire}>")


def _rows(struct: Wire) -> Iterable[ElementRow]:
    return elements_of(type(struct)).values()


def _text(value: Any) -> str:
    if value is True or value is False:
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, decimal.Decimal) else str(value)
