"""The settings of documents: how large, how fast, and who looks for malware in them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class DocumentSettings(BaseModel):
    """Part of `environment.Environment`. Sizes and times are in the unit that the field's name ends with."""

    document_megabytes: int = Field(20, ge=1, le=50, description="The largest document that is taken, in megabytes.")
    document_milliseconds: int = Field(
        2000,
        ge=50,
        le=60_000,
        description="How long a practice's document may take to open from the hub, in milliseconds, before readiness says so "
        "(CHK-41).",
    )
    clamd: str = Field(
        "",
        description="Where ClamAV's clamd listens, to look for malware in documents: host:port, or the path of its socket. "
        "Documents go there unencrypted: this machine or a network that nobody else reads. Absent: documents are not scanned.",
        pattern=r"^(|/[^\s]+|[A-Za-z0-9.-]+:[0-9]{1,5}|\[[0-9A-Fa-f:]+\]:[0-9]{1,5})$",
    )
    clamd_seconds: int = Field(
        60, ge=1, le=600, description="How long clamd may take to answer about one document, in seconds."
    )
    unscanned_documents: Literal["take", "refuse"] = Field(
        "take",
        description='What becomes of a document while PCNHUB_CLAMD is absent: `take` keeps it with the mark "not scanned", '
        "`refuse` takes no file from anybody.",
    )
