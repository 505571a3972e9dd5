"""Bytes, kept once for each organisation that holds them, sealed in pieces; never changed, never removed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Content(models.Model):
    """One sequence of bytes by its SHA-256 (64 hexadecimal digits, lower case).

    Once an organisation and bringer: what a hub delivers stands beside what the practice has itself, so that nobody learns
    from a refused insert what another organisation holds.
    """

    append_only: ClassVar[bool] = True

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    brought_by = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    sha256 = models.TextField()
    size = models.BigIntegerField(help_text="Bytes")
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "brought_by", "sha256"], name="content_once"),
            models.CheckConstraint(name="content_sha256_form", condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$")),
        ]


class Piece(models.Model):
    """A sealed piece: `number` counts from 0."""

    append_only: ClassVar[bool] = True

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+", db_index=False)
    content = models.ForeignKey(Content, models.PROTECT, related_name="pieces", db_index=False)
    number = models.IntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["content", "number"], name="piece_once")]
