"""The packs that were made, as they were made."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Pack(models.Model):
    """One evidence pack of a hub: its four files, and who made it. Never changed: a newer one stands beside it."""

    append_only: ClassVar[bool] = True

    hub_id = models.BigIntegerField()
    at = models.DateTimeField()
    by = models.TextField()
    by_name = models.TextField()
    sha256 = models.TextField(help_text="Of the manifest, which has those of everything else")
    public_key = models.TextField()
    is_ready = models.BooleanField()
    settled = models.IntegerField()
    asked = models.IntegerField()
    data = models.BinaryField()
    pages = models.BinaryField()
    manifest = models.BinaryField()
    signature = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["hub_id", "-id"], name="pack_newest")]
