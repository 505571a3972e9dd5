"""The setting of evidence packs: the key that signs them."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field, field_validator


class EvidenceSettings(BaseModel):
    """Part of `environment.Environment`."""

    evidence_key: Path | None = Field(
        None,
        description="PEM file of the Ed25519 key that signs evidence packs, the same for every process of a hub. Absent: one is "
        "made and kept in PCNHUB_DATA (evidence-key.pem); keep a copy, receivers know the hub by it.",
    )

    @field_validator("evidence_key")
    @classmethod
    def _readable_key(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("no such file; give the path of a PEM file that this process may read")
        return value
