"""The settings of rehearsing a hub."""

from __future__ import annotations

from pydantic import BaseModel, Field, field_validator


class RehearsalSettings(BaseModel):
    """Where a rehearsal finds the hub, and when it does so by itself."""

    rehearsal_url: str = Field(
        "",
        description="The address at which `pcnhub rehearse` and the worker reach this hub, such as https://hub.example.nhs.uk. "
        "Absent: the first allowed host by https, or the listening address.",
    )
    rehearsal_hour: int = Field(
        3,
        ge=-1,
        le=23,
        description="Hour of the night (London) from which the worker rehearses each hub that works here and has a slot type, a "
        "site and a group to rehearse with; -1: never.",
    )

    @field_validator("rehearsal_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        if url and not url.startswith(("http://", "https://")):
            raise ValueError("an address begins with https://, such as https://hub.example.nhs.uk")
        return url
