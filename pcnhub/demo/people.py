"""Synthetic patients: NHS numbers of the 999 range, which is never issued; names and addresses drawn with a fixed seed."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from datetime import date, timedelta

from pcnhub.foundations.kernel.identifiers import nhs_number_check_digit

_GIVEN = {
    "F": [
        "Amelia",
        "Olivia",
        "Isla",
        "Ava",
        "Mia",
        "Ivy",
        "Freya",
        "Grace",
        "Evie",
        "Willow",
        "Aisha",
        "Fatima",
        "Priya",
        "Zara",
        "Chloe",
        "Ruth",
        "Joan",
        "Margaret",
        "Susan",
        "Irene",
    ],
    "M": [
        "George",
        "Oliver",
        "Noah",
        "Arthur",
        "Harry",
        "Leo",
        "Muhammad",
        "Jack",
        "Oscar",
        "Theo",
        "Imran",
        "Ravi",
        "Tomasz",
        "Kwame",
        "David",
        "Peter",
        "Brian",
        "Alan",
        "Keith",
        "Roy",
    ],
}
_FAMILY = [
    "Smith",
    "Jones",
    "Taylor",
    "Brown",
    "Williams",
    "Wilson",
    "Johnson",
    "Davies",
    "Patel",
    "Khan",
    "Wright",
    "Walker",
    "Hall",
    "Green",
    "Wood",
    "Clarke",
    "Hughes",
    "Edwards",
    "Hussain",
    "Begum",
    "Kaur",
    "Singh",
    "Novak",
    "Nowak",
    "Okoye",
    "Adeyemi",
    "Murphy",
    "Kelly",
    "Byrne",
    "Chen",
    "Wang",
    "Garcia",
    "Rossi",
    "Osei",
    "Ahmed",
    "Ali",
    "Lewis",
    "Scott",
]
_STREETS = [
    "Mill Lane",
    "Church Street",
    "Station Road",
    "Orchard Close",
    "Meadow Way",
    "Castle Hill",
    "School Road",
    "The Crescent",
    "Park View",
]

COLUMNS = (
    "NHS_NUMBER", "TITLE", "FAMILY_NAME", "GIVEN_NAME", "DATE_OF_BIRTH", "SEX", "ADDR1", "ADDR2", "POST_CODE", "MOBILE",
    "SENSITIVE_FLAG", "DISSENT_FLAG", "PRIMARY_CARE_CODE", "REGISTERED_ON",
)  # fmt: skip


def nhs_numbers(first: int) -> Iterator[str]:
    """Valid numbers of the 999 range, from `first` on."""
    for body in range(first, 1_000_000):
        nine = f"999{body:06d}"
        check = nhs_number_check_digit(nine)
        if check < 10:
            yield f"{nine}{check}"


def demographics_csv(ods: str, *, count: int, today: date) -> str:
    """A practice's export of `count` patients, as text; the same for the same practice, count and day's year."""
    draw = random.Random(f"{ods}:{count}")  # noqa: S311 - synthetic people, not secrets
    numbers = nhs_numbers(first=100_000 * int(ods[-1]))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for place in range(count):
        sex = draw.choice("FM")
        born = date(today.year, 1, 1) - timedelta(days=draw.randrange(30, 95 * 365))
        writer.writerow(
            [
                next(numbers),
                {"F": "Ms", "M": "Mr"}[sex],
                draw.choice(_FAMILY),
                draw.choice(_GIVEN[sex]),
                born.strftime("%d/%m/%Y"),
                sex,
                f"{draw.randrange(1, 200)} {draw.choice(_STREETS)}",
                "Riverside",
                "ZZ99 3VZ",
                f"07700 900{draw.randrange(1000):03d}",
                "Y" if place == 7 else "",
                "Y" if place == 8 else "",
                ods,
                (born + timedelta(days=draw.randrange(1, 25))).strftime("%d/%m/%Y"),
            ]
        )
    return out.getvalue()
