"""The setting of exports from other systems: how old they may be."""

from __future__ import annotations

import re

from pydantic import BaseModel, Field, field_validator

_FORM = re.compile(r"(CHK-[0-9]{2})=([1-9][0-9]{0,2})")


class ElsewhereSettings(BaseModel):
    """Part of `environment.Environment`."""

    export_days: tuple[str, ...] = Field(
        (),
        description="How many days an export of another system's users, sessions and so on may be old before a check is unknown, "
        "where it is not as usual (docs/operate/elsewhere.md): CHK-20=5, separated by commas.",
    )

    @field_validator("export_days", mode="before")
    @classmethod
    def _divided(cls, value: object) -> object:
        return tuple(each.strip() for each in value.split(",") if each.strip()) if isinstance(value, str) else value

    @field_validator("export_days")
    @classmethod
    def _a_check_and_its_days(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_FORM.fullmatch(each) for each in value):
            raise ValueError("write it as CHK-20=5,CHK-43=60: a check and a number of days from 1 to 999")
        return value

    @property
    def export_days_of(self) -> dict[str, int]:
        return {check: int(days) for check, _, days in (each.partition("=") for each in self.export_days)}
