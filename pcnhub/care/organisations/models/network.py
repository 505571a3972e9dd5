"""Primary care networks, their members, and the organisation groups that slots are opened to."""

from __future__ import annotations

from django.db import models

from pcnhub.care.organisations.models.organisation import Organisation
from pcnhub.care.organisations.rules import GroupPurpose
from pcnhub.foundations.database.constraints import ends_after_start, one_of


class Network(models.Model):
    """A PCN and the hub that works for it."""

    ods_code = models.TextField(unique=True)
    name = models.TextField()
    hub = models.OneToOneField(Organisation, models.PROTECT, related_name="network")
    adjusted_population = models.IntegerField(help_text="Published yearly for the PCN; the capacity rule counts in it")
    session_name_pattern = models.TextField(blank=True, help_text="Regular expression that session names must match")


class NetworkMember(models.Model):
    network = models.ForeignKey(Network, models.PROTECT, related_name="members")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    joined_on = models.DateField()
    left_on = models.DateField(null=True)

    class Meta:
        constraints = [
            ends_after_start("joined_on", "left_on", name="network_member_period"),
            models.UniqueConstraint(
                fields=["network", "organisation"], name="network_member_once", condition=models.Q(left_on__isnull=True)
            ),
        ]


class OrganisationGroup(models.Model):
    """A named set of organisations that a hub opens slots to. Names are unique nationally (`domain.md` 6)."""

    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="organisation_groups")
    name = models.TextField(unique=True)
    description = models.TextField(blank=True)
    purpose = models.TextField()

    class Meta:
        constraints = [one_of("purpose", GroupPurpose, name="group_purpose_known")]


class GroupMember(models.Model):
    """Being in a group is the hub's act; subscribing is the member's own. Slots need both."""

    group = models.ForeignKey(OrganisationGroup, models.CASCADE, related_name="members")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="group_memberships")
    subscribed_at = models.DateTimeField(null=True)
    subscribed_by = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "organisation"], name="group_member_once")]
