"""The settings of the continuity pack: the lists of the next two days, for when the server is away."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel, Field, SecretStr, field_validator

from pcnhub.connections.s3.address import Address, bucket_and_prefix, endpoint
from pcnhub.foundations.kernel.refusals import Refusal
from pcnhub.insight.continuity.keys import public_key


class ContinuitySettings(BaseModel):
    """Absent altogether: no pack is written, and readiness says so (CHK-D12). Times are in the unit of the field's name."""

    continuity_folder: Path | None = Field(
        None,
        description="Folder that the worker writes each hub's continuity pack to: on another machine's disk, mounted or "
        "synchronised from here. It must be there already. Absent: no pack is written.",
    )
    continuity_store: str = Field(
        "",
        description="Object store (S3) that the worker writes each hub's continuity pack to, besides the folder or without one: "
        "s3://BUCKET/PREFIX. Only sealed bytes go there. Absent: none.",
    )
    continuity_store_endpoint: str = Field(
        "",
        description="Address of the object store, without / at its end, as in https://objects.example.nhs.uk. Absent: Amazon's "
        "in the region.",
    )
    continuity_store_region: str = Field(
        "eu-west-2", description="Its region, as the store names it.", pattern=r"^[a-z0-9-]{1,40}$"
    )
    continuity_store_key_id: str = Field(
        "",
        description="Id of the access key that the worker writes there with; needed with PCNHUB_CONTINUITY_STORE.",
        pattern=r"^[!-~]{0,128}$",
    )
    continuity_store_secret: SecretStr | None = Field(
        None, description="The secret that belongs to PCNHUB_CONTINUITY_STORE_KEY_ID."
    )
    continuity_store_seconds: int = Field(
        10, ge=1, le=60, description="How long the object store may take to answer one request, in seconds."
    )
    continuity_keys: tuple[str, ...] = Field(
        (),
        description="The public key that each hub's pack is sealed to, as `pcnhub continuity key` prints it: ODS_CODE=KEY, "
        "separated by commas; a KEY alone is every hub's that has none of its own. Needed with PCNHUB_CONTINUITY_FOLDER and "
        "PCNHUB_CONTINUITY_STORE.",
    )
    continuity_minutes: int = Field(5, ge=1, le=60, description="How often a pack is written, in minutes.")
    continuity_hours: int = Field(
        48, ge=1, le=336, description="How long an older pack is kept, in hours. The newest is kept always."
    )
    continuity_call: str = Field(
        "",
        description="Whom to ring when the server is away, printed on top of the pack, separated by semicolons, as in `On call "
        "01724 000000; IT service desk 01724 000001`.",
    )

    @field_validator("continuity_store")
    @classmethod
    def _a_bucket(cls, value: str) -> str:
        if value:
            bucket_and_prefix(value)
        return value

    @field_validator("continuity_store_endpoint")
    @classmethod
    def _encrypted_to_the_store(cls, value: str) -> str:
        return endpoint(value)

    @field_validator("continuity_keys", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return tuple(each.strip() for each in value.split(",") if each.strip()) if isinstance(value, str) else value

    @field_validator("continuity_keys")
    @classmethod
    def _one_key_a_hub(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        codes = [code for code, _ in map(_parted, value)]
        if len(set(codes)) < len(codes):
            raise ValueError("a hub has one key")
        if any(code and not re.fullmatch(r"[A-Z0-9]{3,8}", code) for code in codes):
            raise ValueError("write it as Y07108=KEY, separated by commas")
        for _, key in map(_parted, value):
            try:
                public_key(key)
            except Refusal as refusal:
                raise ValueError(refusal.message) from None
        return value

    def keys_by_hub(self) -> dict[str, str]:
        """ODS code -> key; "" for the key of every other hub."""
        return dict(map(_parted, self.continuity_keys))

    def to_call(self) -> tuple[str, ...]:
        return tuple(each.strip() for each in self.continuity_call.split(";") if each.strip())

    def store_address(self) -> Address | None:
        """Where and as whom the worker writes; None: to no object store."""
        if not self.continuity_store:
            return None
        bucket, prefix = bucket_and_prefix(self.continuity_store)
        return Address(
            bucket=bucket,
            prefix=prefix,
            endpoint=self.continuity_store_endpoint,
            region=self.continuity_store_region,
            key_id=self.continuity_store_key_id,
            secret=self.continuity_store_secret.get_secret_value() if self.continuity_store_secret else "",
            seconds=self.continuity_store_seconds,
        )


def unsafe_continuity(hub: ContinuitySettings, data: Path) -> list[str]:
    """What must not go live, a sentence each."""
    folder = hub.continuity_folder
    whose = {
        "PCNHUB_CONTINUITY_STORE_KEY_ID": bool(hub.continuity_store_key_id),
        "PCNHUB_CONTINUITY_STORE_SECRET": hub.continuity_store_secret is not None,
    }
    found = [
        (
            bool(folder or hub.continuity_store) != bool(hub.continuity_keys),
            "PCNHUB_CONTINUITY_KEYS and PCNHUB_CONTINUITY_FOLDER or PCNHUB_CONTINUITY_STORE belong together: set keys and a "
            "place, or neither.",
        ),
        *(
            (not is_set, f"{name} is missing: PCNHUB_CONTINUITY_STORE needs it.")
            for name, is_set in whose.items()
            if hub.continuity_store
        ),
        (
            not hub.continuity_store and (any(whose.values()) or bool(hub.continuity_store_endpoint)),
            "PCNHUB_CONTINUITY_STORE is missing: its key, secret or endpoint is set. Set it, or leave them out.",
        ),
        (
            folder is not None and folder.absolute().is_relative_to(data.absolute()),
            "PCNHUB_CONTINUITY_FOLDER is inside PCNHUB_DATA: the packs would be lost together with the hub. Choose a folder that "
            "is reached without this machine.",
        ),
    ]
    return [reason for wrong, reason in found if wrong]


def _parted(entry: str) -> tuple[str, str]:
    """(hub, key); no hub: the key alone."""
    code, between, key = entry.partition("=")
    return (code.strip(), key.strip()) if between else ("", entry)
