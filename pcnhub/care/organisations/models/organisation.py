"""Organisations, their sites, codes and GP Connect switches."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from pcnhub.care.organisations.rules import ClinicalSystem, GpConnectCapability, OrganisationKind, PrescriberCodeKind
from pcnhub.foundations.database.constraints import one_of


class Organisation(models.Model):
    ods_code = models.TextField(unique=True)
    name = models.TextField()
    kind = models.TextField()
    system = models.TextField(default=ClinicalSystem.PCN_HUB)
    supplier_organisation_id = models.TextField(blank=True, help_text="The supplier's own number of the organisation")
    parent_icb = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    phone = models.TextField(blank=True)
    email = models.TextField(blank=True)
    list_size = models.IntegerField(null=True)
    adjusted_population = models.IntegerField(null=True, help_text="Weighted list size: the contract counts in it")
    national_code = models.TextField(blank=True)
    authentication_nacs = models.TextField(blank=True)
    prescribing_cost_centre = models.TextField(blank=True)
    asid = models.TextField(
        blank=True, help_text="Accredited system id of the organisation's GP Connect endpoint, twelve digits"
    )
    opened_at = models.DateTimeField(null=True, help_text="When the hub went live, or the practice was opened to it")
    closed_on = models.DateField(null=True)
    version = models.IntegerField(default=1, help_text="Counted by the database with each change")

    class Meta:
        constraints = [
            one_of("kind", OrganisationKind, name="organisation_kind_known"),
            one_of("system", ClinicalSystem, name="organisation_system_known"),
            models.CheckConstraint(
                name="organisation_ods_form", condition=models.Q(ods_code__regex=r"^[A-Z0-9]{3,8}$")
            ),
        ]


class OrganisationPrescriberCode(models.Model):
    """A prescriber code attached to the organisation's cost centre (`domain.md` 2)."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="prescriber_codes")
    code = models.TextField()
    kind = models.TextField()
    holder_name = models.TextField(blank=True)

    class Meta:
        constraints = [
            one_of("kind", PrescriberCodeKind, name="prescriber_code_kind_known"),
            models.UniqueConstraint(fields=["organisation", "code"], name="prescriber_code_once"),
        ]


class Site(models.Model):
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="sites")
    name = models.TextField()
    site_code = models.TextField(blank=True)
    address_lines = ArrayField(models.TextField(), default=list)
    postcode = models.TextField(blank=True)
    phone = models.TextField(blank=True)
    closed_on = models.DateField(null=True)
    version = models.IntegerField(default=1, help_text="Counted by the database with each change")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="site_name_once")]


class GpConnectSwitch(models.Model):
    """One switch of one organisation. No row means off."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="gp_connect_switches")
    capability = models.TextField()
    is_on = models.BooleanField(default=False)
    changed_at = models.DateTimeField()
    changed_by = models.TextField()

    class Meta:
        constraints = [
            one_of("capability", GpConnectCapability, name="gp_connect_capability_known"),
            models.UniqueConstraint(fields=["organisation", "capability"], name="gp_connect_switch_once"),
        ]
