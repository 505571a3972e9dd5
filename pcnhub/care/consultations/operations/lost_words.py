"""A form that arrived without a session is kept for its account, sealed, until it is saved, thrown away, or an hour old."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.consultations.models import Consultation, LostWords
from pcnhub.care.consultations.models.lost_words import SEAL
from pcnhub.care.consultations.rules.lost_words import KEPT_FOR, LONGEST, MOST, Form
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import patients_by_id
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.database.sealing import SealBroken
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import NotFound


def keep_lost_words(
    *, actor: Actor, now: datetime, account_id: int, consultation_id: int, form: Form, words: str
) -> bool:
    """Keep what this account sent, beside what it had sent before (two windows may have lost their session); whether it is kept.
    The very same words sent again take the place of the first, and beyond MOST the oldest give way.

    `actor` is a system of the consultation's organisation: nobody is signed in. Who calls it has made sure whose words these
    are. Nothing is kept of an account that is closed, of another organisation's consultation, or beyond the longest form.
    """
    with unit_of_work(actor):
        row = Consultation.objects.filter(pk=consultation_id, organisation=actor.organisation.id).first()
        account = organisations.account(id=account_id)
        if row is None or not account.is_active or len(words) > LONGEST:
            return False
        take_turn("consultations.lost-words", row.pk)  # sent twice at once: the second finds the first
        _make_room(row, account_id, words.encode())
        whose = {
            "organisation_id": row.organisation_id,
            "account_id": account_id,
            "consultation_id": row.pk,
            "form": form,
        }
        sealed = SEAL.close(words.encode(), place=LostWords(**whose).sealed_for)
        LostWords.objects.create(**whose, sealed=sealed, kept_at=now)
        _note(row, actor, now, "consultations.words-kept", account_id)
        return True


def put_lost_words_back(
    *, actor: Actor, now: datetime, consultation_id: int, lost_words_id: int | None = None
) -> tuple[int, str]:
    """The form as it was sent (None: the newest), for its own account alone, with the number by which `lost_words_saved` knows
    it. It stays until it is saved: the page that shows it may not arrive. Raises NotFound, NotPermitted, SealBroken."""
    with unit_of_work(actor):
        row = _own(actor, now, consultation_id, lost_words_id)
        words = SEAL.open(row.sealed, place=row.sealed_for).decode()
        _note(row.consultation, actor, now, "consultations.words-put-back", row.account_id)
        return row.pk, words


def lost_words_saved(*, actor: Actor, now: datetime, lost_words_id: int) -> None:
    """The account's own, put back and saved since; harmless where they are gone, or others are kept by now."""
    with unit_of_work(actor):
        row = (
            LostWords.objects.filter(pk=lost_words_id, account=actor.account_id).select_related("consultation").first()
        )
        if row is not None and row.delete()[0]:
            _note(row.consultation, actor, now, "consultations.words-saved", row.account_id)


def throw_lost_words_away(
    *, actor: Actor, now: datetime, consultation_id: int, lost_words_id: int | None = None
) -> None:
    """One of them (None: the newest). Raises NotFound, NotPermitted."""
    with unit_of_work(actor):
        row = _own(actor, now, consultation_id, lost_words_id)
        _note(row.consultation, actor, now, "consultations.words-thrown-away", row.account_id)
        row.delete()


def forget_lost_words(*, actor: Actor, now: datetime) -> int:
    """Those of the acting organisation whose hour is over; how many."""
    with unit_of_work(actor):
        rows = LostWords.objects.filter(organisation=actor.organisation.id, kept_at__lte=now - KEPT_FOR)
        number = 0
        for row in rows.select_related("consultation"):
            if row.delete()[0]:  # nobody else has, who looks at the same time
                _note(row.consultation, actor, now, "consultations.words-expired", row.account_id)
                number += 1
        return number


def _make_room(row: Consultation, account_id: int, words: bytes) -> None:
    mine = list(LostWords.objects.filter(account=account_id, consultation=row).order_by("-kept_at", "-pk"))
    going = [each.pk for each in mine if _says(each, words)]
    going += [each.pk for each in [each for each in mine if each.pk not in going][MOST - 1 :]]
    LostWords.objects.filter(pk__in=going).delete()


def _says(row: LostWords, words: bytes) -> bool:
    try:
        return SEAL.open(row.sealed, place=row.sealed_for) == words
    except SealBroken:  # of a secret key that is gone: what can't be read keeps nothing new from being kept
        return False


def _own(actor: Actor, now: datetime, consultation_id: int, lost_words_id: int | None) -> LostWords:
    permit(actor=actor, permission=Permission.CONSULT, now=now)
    rows = LostWords.objects.select_related("consultation").select_for_update(of=("self",))
    rows = rows.filter(account=actor.account_id, consultation=consultation_id, kept_at__gt=now - KEPT_FOR)
    if lost_words_id is not None:
        rows = rows.filter(pk=lost_words_id)
    row = rows.order_by("-kept_at", "-pk").first()
    if row is None:
        raise NotFound(
            "Nothing of yours is kept for this consultation any more.",
            remedy="What is not put into the form within an hour is gone. Write it anew.",
        )
    return row


def _note(row: Consultation, actor: Actor, now: datetime, action: str, account_id: int) -> None:
    """Whose words, never what they say."""
    patient = patients_by_id(actor=actor, ids=[row.patient_id]).get(row.patient_id)
    trail.record(
        actor=actor,
        now=now,
        action=action,
        subject=Subject("consultation", row.pk, row.patient_id, patient.nhs_number if patient else None),
        detail={"account": account_id},
    )
