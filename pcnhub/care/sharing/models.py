"""Agreements, who stands on which side of each, and what each has done about it."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from pcnhub.care.sharing.rules import ActivationState, AgreementKind, Side
from pcnhub.foundations.database.constraints import ends_after_start, one_of


class Agreement(models.Model):
    """One agreement of one hub's network, of one kind."""

    hub = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="agreements")
    kind = models.TextField()
    name = models.TextField()
    terms_version = models.TextField()
    earlier_terms = ArrayField(
        models.TextField(), default=list, help_text="Versions that stood before, never to return"
    )
    allowed_job_categories = ArrayField(models.TextField(), default=list, help_text="Empty: any job category")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)

    class Meta:
        constraints = [
            one_of("kind", AgreementKind, name="agreement_kind_known"),
            ends_after_start("starts_on", "ends_on", name="agreement_period"),
            models.UniqueConstraint(fields=["hub", "kind"], name="agreement_kind_once_a_hub"),
        ]


class Party(models.Model):
    """An organisation on one side of an agreement, with the state of its own activation.

    Deactivating takes effect at once: the policies read `state` here. `PartyChange` keeps every step.
    """

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="parties")
    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="agreement_sides")
    side = models.TextField()
    joined_on = models.DateField()
    left_on = models.DateField(null=True)
    state = models.TextField(default=ActivationState.CREATED)
    terms_accepted = models.TextField(blank=True, help_text="The version of the terms that was accepted")
    changed_at = models.DateTimeField(null=True)
    changed_by = models.TextField(blank=True)
    # What a practice settles when it activates Consultation Write Back (`domain.md` 12A.5)
    formulary = models.TextField(blank=True)
    prescribing_position = models.ForeignKey("organisations.Position", models.PROTECT, null=True, related_name="+")
    asks_permission_to_view = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Of whoever shares its record: the patient is asked before the hub opens it",
    )

    class Meta:
        constraints = [
            one_of("side", Side, name="party_side_known"),
            one_of("state", ActivationState, name="party_state_known"),
            # unlike other periods it may be empty: who is withdrawn on the day of joining was a party on no day
            models.CheckConstraint(
                name="party_period",
                condition=models.Q(left_on__isnull=True) | models.Q(left_on__gte=models.F("joined_on")),
            ),
            models.UniqueConstraint(
                fields=["agreement", "organisation", "side"],
                name="party_once",
                condition=models.Q(left_on__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "side"], name="party_by_organisation", condition=models.Q(state="active")
            )
        ]


class PartyChange(models.Model):
    """Who activated or deactivated a side, and when."""

    append_only: ClassVar[bool] = True

    party = models.ForeignKey(Party, models.CASCADE, related_name="changes")
    state = models.TextField()
    terms_version = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.TextField()
    reason = models.TextField(blank=True)
