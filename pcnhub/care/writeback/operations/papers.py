"""The practice's side: the documents that a consultation brought follow its newest version."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.documents import operations as documents
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.records import queries as record_queries
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


def follow_with_documents(*, actor: Actor, now: datetime, receipt: str) -> int:
    """Mark what came with the consultation as confidential, or as in error, where its newest version is; how many changed.

    Done twice it changes nothing; of a version that is no longer the newest nothing is done.
    """
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.VIEW_RECORD, now=now)
        filed = record_queries.filed(actor=actor, receipt=receipt)
        if filed is None or not filed.is_newest or not (filed.is_confidential or filed.is_in_error):
            return 0
        return documents.follow(
            actor=actor,
            now=now,
            source_organisation_id=filed.source_organisation_id,
            source_keys=filed.document_keys,
            is_confidential=filed.is_confidential,
            in_error_reason=filed.in_error_reason if filed.is_in_error else "",
            said_by=filed.author_name,
        )
