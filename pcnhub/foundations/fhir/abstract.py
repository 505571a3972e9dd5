"""What every resource begins with (FHIR STU3)."""

from __future__ import annotations

from pcnhub.foundations.fhir.datatypes import Extension, Meta, Narrative, Wire
from pcnhub.foundations.fhir.primitives import Code, Id, Uri


class Resource(Wire, tag_field="resourceType", tag=True):
    id: Id | None = None
    meta: Meta | None = None
    implicit_rules: Uri | None = None
    language: Code | None = None


class DomainResource(Resource):
    text: Narrative | None = None
    contained: tuple[Resource, ...] = ()
    extension: tuple[Extension, ...] = ()
    modifier_extension: tuple[Extension, ...] = ()


def type_of(resource: Resource | type[Resource]) -> str:
    """Its name on the wire: Appointment."""
    return str(resource.__struct_config__.tag)
