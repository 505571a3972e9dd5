"""Everybody of an organisation, whether filed or not, for whoever looks for people by what they are called, were born, or live.

The indexes hold people who are filed. Who came with a long list a moment ago is not yet (`operations.imports.filing`): their
stretch of the table is read beside. A search says what it looks for by `word`, `mobile` and `home` instead of the columns that
the database keeps of those who are filed.
"""

from __future__ import annotations

from django.db.models import F, Func, QuerySet, TextField

from pcnhub.care.patients.models import ImportBatch, Patient


def filed_and_not(people: QuerySet[Patient], *organisation_ids: int) -> list[QuerySet[Patient]]:
    """`people` of these organisations in parts, to be asked in this order: who is filed in between is in both, never in none.

    Each has `word` (the first given name, folded), `mobile` and `home` (ten digits) to filter by.
    """
    filed = people.filter(is_filed=True).alias(word=F("given_word"), mobile=F("mobile_digits"), home=F("home_digits"))
    waiting = imports_to_file(*organisation_ids)
    if not waiting:
        return [filed]
    not_yet = people.filter(is_filed=False, made_in__in=waiting).alias(
        word=_of("given_name", "patients_first_word"),
        mobile=_of("mobile_phone", "patients_phone_digits"),
        home=_of("home_phone", "patients_phone_digits"),
    )
    return [not_yet, filed]


def imports_to_file(*organisation_ids: int) -> list[int]:
    """The organisations' imports of which somebody is not filed yet, as far as the database shows them."""
    waiting = ImportBatch.objects.filter(organisation__in=organisation_ids, unfiled__gt=0)
    return list(waiting.values_list("pk", flat=True))


def _of(column: str, function: str) -> Func:
    return Func(F(column), function=function, output_field=TextField())
