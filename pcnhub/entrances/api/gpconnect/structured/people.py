"""Who recorded what, each told once in a bundle: Practitioner, PractitionerRole and Organization.

A practice's record names people who never worked with this product; their ids are made of what is known of them, so that
they are the same in each answer.
"""

from __future__ import annotations

from pcnhub.care.organisations.queries import OrganisationView
from pcnhub.care.records.particulars import Author
from pcnhub.entrances.api.gpconnect import people_and_places as mapping
from pcnhub.entrances.api.gpconnect.scheduling import JOB_ROLES
from pcnhub.entrances.api.gpconnect.structured.concepts import meta, said, stable
from pcnhub.foundations.fhir import resources as r

GENERAL_PRACTITIONER = ("R0260", "General Medical Practitioner")
TITLES = ("dr", "mr", "mrs", "ms", "miss", "mx", "prof", "professor", "sir", "dame")
NOBODY = Author(family_name="Not known")


class People:
    """The people and organisations of one bundle, in the order in which they are first named."""

    def __init__(self, practice: OrganisationView) -> None:
        self.practice = practice
        self._resources: dict[str, r.Resource] = {}
        self._resources[f"Organization/{practice.id}"] = mapping.organisation(practice)

    @property
    def resources(self) -> tuple[r.Resource, ...]:
        return tuple(self._resources.values())

    def recorder(self, author: Author, name: str = "") -> r.Reference:
        """Whoever recorded an entry; `name` is all that is known where the source's own words were not kept."""
        found = author if author.is_named else _parsed(name) if name.strip() else NOBODY
        return self._practitioner(found)

    def usual_gp(self, name: str) -> r.Reference | None:
        """A patient's usual GP, whose name alone is known."""
        if not name.strip():
            return None
        found = _parsed(name)
        role_code, role_name = GENERAL_PRACTITIONER
        return self._practitioner(
            Author(found.family_name, found.given_names, found.title, role_code=role_code, role_name=role_name)
        )

    def _practitioner(self, who: Author) -> r.Reference:
        known = (who.sds_user_id,) if who.sds_user_id else (who.family_name, *who.given_names, who.title, who.ods_code)
        id_ = stable(self.practice.ods_code, *known)
        reference, sds_user_id = f"Practitioner/{id_}", said(who.sds_user_id)
        if reference not in self._resources:
            self._resources[reference] = r.Practitioner(
                id=id_,
                meta=mapping.meta("CareConnect-GPC-Practitioner-1", 1),
                identifier=(r.Identifier(system=mapping.SDS_USER, value=sds_user_id),) if sds_user_id else (),
                name=(
                    r.HumanName(
                        use="usual",
                        family=said(who.family_name),
                        given=tuple(filter(None, map(said, who.given_names))),
                        prefix=tuple(filter(None, [said(who.title)])),
                    ),
                ),
            )
        if who.role_code or who.role_name:
            self._role(who, id_)
        return r.Reference(reference=reference)

    def _role(self, who: Author, practitioner_id: str) -> None:
        id_ = stable(practitioner_id, who.role_code or who.role_name)
        code = r.Coding(system=JOB_ROLES, code=who.role_code, display=said(who.role_name)) if who.role_code else None
        self._resources.setdefault(
            f"PractitionerRole/{id_}",
            r.PractitionerRole(
                id=id_,
                meta=meta("CareConnect-GPC-PractitionerRole-1"),
                practitioner=r.Reference(reference=f"Practitioner/{practitioner_id}"),
                organization=self._organisation(who),
                code=(r.CodeableConcept(coding=(code,) if code else (), text=None if code else said(who.role_name)),),
            ),
        )

    def _organisation(self, who: Author) -> r.Reference:
        """Where they worked: the practice itself, unless the source named another."""
        code, name = said(who.ods_code), said(who.organisation_name)
        if not name or code in (None, self.practice.ods_code):
            return r.Reference(reference=f"Organization/{self.practice.id}")
        id_ = stable("organisation", code)
        self._resources.setdefault(
            f"Organization/{id_}",
            r.Organization(
                id=id_,
                meta=mapping.meta("CareConnect-GPC-Organization-1", 1),
                identifier=(r.Identifier(system=mapping.ODS_ORGANISATION, value=code),),
                name=name,
            ),
        )
        return r.Reference(reference=f"Organization/{id_}")


def _parsed(name: str) -> Author:
    """Dr Ann Khan: a title where it is one, the last word the family name."""
    words = name.split()
    title = words.pop(0) if len(words) > 1 and words[0].strip(".").lower() in TITLES else ""
    return Author(family_name=words[-1], given_names=tuple(words[:-1]), title=title)
