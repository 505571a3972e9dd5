"""`pcnhub import` as a person runs it."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from tests.cast import world
from tests.cli.running import process, within
from tests.conftest import FreshDatabase
from tests.connections.gpconnect.test_structured import allergy, bundle

pytestmark = pytest.mark.slow

HEADER = "NHS number,Surname,Forename,DOB,Date of death\n"
GOOD = "9476719915,McVey,Sophie,13/06/1952,\n9476719923,Prout,Sybill,02/11/1953,\n"
BAD = "9476719915,McVey,Sophie,13/06/1952,\n9476719916,Wrong,Digit,13/06/1952,\n9476719958,Banton,Dolly,18/09/1955,10/07/2007\n"


def test_demographics_twice_with_a_report_of_what_was_rejected(fresh_database: FreshDatabase, tmp_path: Path) -> None:
    world()
    file, report = tmp_path / "list.csv", tmp_path / "rejected.csv"
    file.write_text(HEADER + GOOD + BAD)
    dry = within("import", "demographics", "--practice", "A81001", file, "--dry-run", "--json")
    assert dry.returncode == 0, dry.stderr
    assert json.loads(dry.stdout)["batch_id"] is None
    first = process(fresh_database, "import", "demographics", "--practice", "A81001", file, "--report", report)
    assert first.returncode == 0, first.stderr
    assert "5 rows: 2 new, 0 changed, 0 unchanged, 3 rejected" in first.stdout
    for code in ("repeated-in-file", "nhs-number-check-digit", "deceased"):
        assert code in first.stdout
    assert "9476719916" not in first.stdout  # people's data goes where it was asked to go
    with report.open() as rows:
        assert [(row["line"], row["value"], row["code"]) for row in csv.DictReader(rows)] == [
            ("4", "9476719915", "repeated-in-file"),
            ("5", "9476719916", "nhs-number-check-digit"),
            ("6", "10/07/2007", "deceased"),
        ]
    number = re.search(r"Import (\d+)\.", first.stdout)
    assert number
    again = json.loads(within("import", "demographics", "--practice", "A81001", file, "--delta", "--json").stdout)
    assert (again["created"], again["changed"], again["closed"], again["unchanged"], again["absent"]) == (0, 0, 0, 2, 0)
    undo = ("--undo", number[1], "--reason", "The wrong month")
    undone = within("import", "demographics", "--practice", "A81001", *undo)
    assert (undone.returncode, f"Undone: import {number[1]}" in undone.stdout) == (0, True), undone.stderr


@pytest.mark.usefixtures("fresh_database")
def test_a_mapping_file_and_what_is_refused(tmp_path: Path) -> None:
    world()
    file = tmp_path / "list.csv"
    file.write_text((HEADER + GOOD).replace("NHS number", "Pt"))
    refused = within("import", "demographics", "--practice", "A81001", file)
    assert refused.returncode == 1
    assert "nhs_number: No column of the file means this" in refused.stderr
    for name, mapping in (
        ("mapping.toml", '[columns]\n"Pt" = "nhs_number"\n'),
        ("mapping.yaml", 'columns:\n  "Pt": nhs_number\n'),
    ):
        (names := tmp_path / name).write_text(mapping)
        mapped = within("import", "demographics", "--practice", "A81001", file, "--mapping", names)
        assert mapped.returncode == 0, mapped.stderr
    hub = within("import", "demographics", "--practice", "Y07108", file, "--mapping", names)
    assert (hub.returncode, "is not a practice" in hub.stderr) == (1, True)
    unknown = within("import", "demographics", "--practice", "ZZZ", file)
    assert (unknown.returncode, "ZZZ" in unknown.stderr) == (1, True)


def test_records_of_the_right_person_only(fresh_database: FreshDatabase, tmp_path: Path) -> None:
    world()
    right, wrong, broken = (tmp_path / name for name in ("right.json", "wrong.json", "broken.json"))
    content = bundle(allergy(), {"resourceType": "ReferralRequest", "id": "r"})
    right.write_text(json.dumps(content))
    content["entry"][0]["resource"] = content["entry"][0]["resource"] | {"birthDate": "1980-04-13"}
    wrong.write_text(json.dumps(content))
    broken.write_text("{")
    odd = [tmp_path / f"odd{number}.json" for number in range(3)]
    for file, written in zip(odd, ("[" * 200_000, '["\\ud800"]', f"[{'9' * 5000}]"), strict=True):
        file.write_text(written)
    done = within("import", "records", "--practice", "A81001", right)
    assert done.returncode == 0, done.stderr
    assert "1 new, 0 changed, 0 unchanged" in done.stdout
    assert "ReferralRequest: type-unknown" in done.stdout
    again = process(fresh_database, "import", "records", "--practice", "A81001", right, wrong, broken, *odd, "--json")
    assert again.returncode == 1, again.stderr
    first, second, third, *others = json.loads(again.stdout)
    assert [each["refused"] for each in others] == ["not-json"] * 3
    assert (first["created"], first["unchanged"]) == (0, 1)
    assert (second["refused"], third["refused"]) == ("birth-date-differs", "not-json")


def test_documents_all_or_none_and_twice_nothing_new(fresh_database: FreshDatabase, tmp_path: Path) -> None:
    world()
    index, letter = tmp_path / "index.csv", tmp_path / "letter.txt"
    letter.write_text("Dear colleague")
    index.write_text("file,nhs_number,birth_date,title,kind\nletter.txt,9000000009,1980-04-12,Letter,poem\n")
    given = ("import", "documents", "--practice", "A81001", "--index", index, letter)
    refused = process(fresh_database, *given)
    assert refused.returncode == 1
    assert "line 2, kind: This kind is not known (given: 'poem')." in refused.stderr
    index.write_text(index.read_text().replace("poem", "letter"))
    assert within(*given).stdout == "Done: 1 new, 0 newer versions, 0 unchanged.\n"
    assert json.loads(within(*given, "--json").stdout) == {"new": 0, "newer": 0, "unchanged": 1}
