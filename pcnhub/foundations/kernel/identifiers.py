"""NHS numbers and ODS codes as values that cannot be wrong.

Sources: NHS Data Dictionary, NHS NUMBER (modulus 11); ODS code formats as published by the Organisation Data Service.
"""

from __future__ import annotations

import re
from typing import Self


class InvalidIdentifier(ValueError):
    """The text is not an identifier of this kind; the message says why."""


def nhs_number_check_digit(first_nine: str) -> int:
    """The check digit of nine digits; 10 means that no number with these nine digits exists."""
    remainder = sum(int(digit) * weight for digit, weight in zip(first_nine, range(10, 1, -1), strict=True)) % 11
    return 0 if remainder == 0 else 11 - remainder


class NhsNumber(str):
    """Ten digits whose last is the modulus 11 check digit. Spaces and dashes are taken out; anything else raises."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        digits = re.sub(r"[\s-]", "", text)
        if not re.fullmatch(r"[0-9]{10}", digits):
            raise InvalidIdentifier("An NHS number has ten digits")
        if nhs_number_check_digit(digits[:9]) != int(digits[9]):
            raise InvalidIdentifier("The check digit of this NHS number is wrong")
        if len(set(digits)) == 1:
            raise InvalidIdentifier("An NHS number is not one digit ten times")
        return super().__new__(cls, digits)

    @property
    def spaced(self) -> str:
        """As people read it aloud: 3, 3, 4."""
        return f"{self[:3]} {self[3:6]} {self[6:]}"


# Organisations of interest here have three to eight letters and digits (A81001, Y07108, 8JX33, QWO, U12345, RX809).
_ODS = re.compile(r"[A-Z0-9]{3,8}")
_PRESCRIBING_COST_CENTRE = re.compile(r"[A-Z][0-9]{5}")


class OdsCode(str):
    """An ODS code in capitals."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        code = text.strip().upper()
        if not _ODS.fullmatch(code):
            raise InvalidIdentifier("An ODS code is three to eight letters and digits")
        return super().__new__(cls, code)

    @property
    def is_prescribing_cost_centre_shaped(self) -> bool:
        """One letter and five digits, as a prescribing cost centre has (`domain.md` 2)."""
        return bool(_PRESCRIBING_COST_CENTRE.fullmatch(self))


class Postcode(str):
    """A British postcode, spaced. ZZ99 pseudo postcodes pass: they are how homelessness and 'abroad' are recorded."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        squeezed = re.sub(r"\s", "", text).upper()
        if not re.fullmatch(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}", squeezed):
            raise InvalidIdentifier("This is not the form of a British postcode")
        return super().__new__(cls, f"{squeezed[:-3]} {squeezed[-3:]}")
