"""The national categories, as data, and what each slot type was mapped to when."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from pcnhub.care.appointments.models.book import SlotType


class NationalCategory(models.Model):
    """A national slot category (`domain.md` R1), as its file says: kept by import, never by code.

    Its name is what it is known by: that stands in published data, while the numbers are partly inferred.
    """

    number = models.IntegerField()
    name = models.TextField(unique=True)
    context_type = models.TextField()
    exception_reason_allowed = models.BooleanField(default=False)
    counts_to_acc08 = models.BooleanField(default=False)
    withdrawn_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["number"], name="national_category_number_once", condition=models.Q(withdrawn_on__isnull=True)
            )
        ]


class SlotTypeMapping(models.Model):
    """What a slot type was mapped to from `since` on, until the next row of it."""

    append_only: ClassVar[bool] = True

    slot_type = models.ForeignKey(SlotType, models.PROTECT, related_name="mappings")
    service_setting = models.TextField(blank=True)
    context_type = models.TextField(blank=True)
    national_category = models.TextField(blank=True)
    since = models.DateTimeField()
    by = models.TextField()
    by_name = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["slot_type", "-since"], name="slot_type_mapping_latest")]
