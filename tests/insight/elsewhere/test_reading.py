"""What an export's lines say: every fault of every line at once, with its place, and nothing that names a patient."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pcnhub.care.patients.rules import read_file
from pcnhub.foundations.kernel.refusals import InvalidInput
from pcnhub.insight.elsewhere.examples import FIRST_MONDAY, examples_from
from pcnhub.insight.elsewhere.rules import (
    LAYOUT,
    LINE_CODES,
    CheckedExport,
    ExportKind,
    ExportMapping,
    OfferedState,
    SlotRow,
    UserRow,
    check_export,
    mapping_from,
    without_patients,
)


def read(kind: ExportKind, text: str, mapping: ExportMapping | None = None) -> CheckedExport:
    used = mapping or ExportMapping(kind)
    return check_export(read_file(text.encode(), mapping=used), used)


SESSIONS = "Session,Date,Start,End,Holder,Slot status\n"


def test_every_fault_of_every_line_is_said_at_once_with_its_place() -> None:
    found = read(
        ExportKind.SESSIONS,
        SESSIONS
        + "EA GP,31/11/2026,half past,20:00,Ada,Held\n"  # three faults in one line
        + "EA GP,30/11/2026,20:00,18:30,Ada,free\n"
        + "EA GP,30/11/2026,18:30,20:00\n"
        + ",30/11/2026,18:30,20:00,Ada,\n"
        + "EA GP,30/11/2026,18:30,20:00,Ada,\n",
    )
    assert [(each.line, each.column, each.code) for each in found.faults] == [
        (2, "Date", "date-form"),
        (2, "Start", "time-form"),
        (2, "Slot status", "word-unknown"),
        (3, "", "ends-before-start"),
        (4, "", "wrong-cell-count"),
        (5, "Session", "cell-empty"),
    ]
    assert all(each.remedy for each in found.faults)
    assert found.faults[0].value == "31/11/2026"
    assert (found.lines, len(found.rows), found.left_out) == (5, 1, 4)
    assert found.strange == {"state": ("Held",)}


def test_a_word_is_given_its_meaning_and_a_column_its_field() -> None:
    mapping = mapping_from(
        ExportKind.SESSIONS,
        {"columns": {"Clinic": "session"}, "words": {"state": {"HELD": "blocked"}}, "ignore": ["Holder"]},
    )
    found = read(
        ExportKind.SESSIONS,
        "Clinic;Date;Start;Minutes;Holder;Slot status\nEA;1-Dec-2026;6:30 pm;90;Ada;held\n",
        mapping,
    )
    (row,) = found.rows
    assert isinstance(row, SlotRow)
    assert (row.session, row.state, row.holder) == ("EA", OfferedState.BLOCKED, "")
    assert (row.ends_at - row.starts_at).seconds == 90 * 60
    assert row.starts_at.isoformat() == "2026-12-01T18:30:00+00:00"
    assert mapping_from(ExportKind.SESSIONS, mapping.content()) == mapping


def test_a_mapping_that_means_nothing_is_refused_with_every_entry() -> None:
    with pytest.raises(InvalidInput) as refused:
        mapping_from(
            ExportKind.USERS,
            {"columns": {"A": "nhs_number"}, "words": {"roles": {}, "x": {}}, "sex": {}, "ignore": "B"},
        )
    assert {each.field for each in refused.value.problems} == {"columns.A", "words.roles", "words.x", "sex", "ignore"}


def test_a_header_that_can_not_be_used_is_refused_with_every_column() -> None:
    with pytest.raises(InvalidInput) as refused:
        read(ExportKind.APPOINTMENTS, "When,Practice code\n1/1/2026,A81001\n")
    assert {each.field for each in refused.value.problems} == {"day", "status"}
    with pytest.raises(InvalidInput, match="End or Minutes"):
        read(ExportKind.SESSIONS, "Session,Date,Start\nEA,1/1/2026,18:30\n")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        # the bulk extracts of the two suppliers, as public programs read them
        (ExportKind.USERS, "UserInRoleGuid,Title,GivenName,Surname,ContractStartDate,ContractEndDate,JobCategoryName\n"
                           "1,Dr,Asha,Patel,2025-10-01,,General Medical Practitioner\n"),
        (ExportKind.SESSIONS, "AppointmentSessionGuid,Description,LocationGuid,StartDate,StartTime,EndDate,EndTime\n"
                              "1,EA GP,7,2026-12-01,18:30:00,2026-12-01,20:00:00\n"),
        (ExportKind.SESSIONS, "RowIdentifier,DateStart,DateEnd,RotaName,RotaLocation\n"
                              "1,01 Dec 2026 18:30:00,01 Dec 2026 20:00:00,EA GP,Hub\n"),
        (ExportKind.APPOINTMENTS, "RowIdentifier,DateStart,AppointmentStatus,IDPatient\n1,01 Dec 2026 18:30:00,Finished,99\n"),
    ],
)  # fmt: skip
def test_headers_of_the_suppliers_extracts_are_known(kind: ExportKind, text: str) -> None:
    found = read(kind, text)
    assert not found.faults
    assert len(found.rows) == 1


def test_a_name_in_two_columns_is_one_and_a_second_account_of_it_a_fault() -> None:
    found = read(ExportKind.USERS, "Forename,Surname,User name\nAda,Byron,ab\nAda,Byron,ab\n,,cd\n")
    assert [row.name for row in found.rows if isinstance(row, UserRow)] == ["Ada Byron"]
    assert [(each.line, each.code) for each in found.faults] == [(3, "repeated"), (4, "cell-empty")]


def test_what_may_name_a_patient_leaves_before_anything_is_kept() -> None:
    text = (
        "Date,Start,Status,Practice code,NHS Number,Surname,Patient name,Ref\n"
        "1/12/2026,18:30,Booked,A81001,943 476 5919,Smith,Jane Smith,9434765919\n"
        "1/12/2026,18:40,Booked,A81001\n"
    )
    file, withheld = without_patients(read_file(text.encode()), ExportKind.APPOINTMENTS)
    assert withheld == ("NHS Number", "Surname", "Patient name", "Ref")
    assert "Smith" not in repr(file)
    assert "9434765919" not in repr(file)
    found = check_export(file, ExportMapping(ExportKind.APPOINTMENTS))
    assert (len(found.rows), [each.code for each in found.faults]) == (1, ["wrong-cell-count"])


def test_a_number_among_words_empties_its_cell_and_is_counted() -> None:
    text = "Session,Date,Start,End,Slot type,User name\nEA,1/12/2026,18:30,20:00,for 943 476 5919,555000000011\n"
    file, withheld = without_patients(read_file(text.encode()), ExportKind.SESSIONS)
    assert withheld == ("Slot type (1 cell)",)
    assert file.rows[0].cells == ("EA", "1/12/2026", "18:30", "20:00", "", "555000000011")


def test_of_staff_names_stay() -> None:
    """Negative control: what is taken out of one kind is the matter of another."""
    file, withheld = without_patients(read_file(b"Forename,Surname,DOB\nAda,Byron,10/12/1815\n"), ExportKind.USERS)
    assert withheld == ("DOB",)
    assert file.rows[0].cells == ("Ada", "Byron")


def test_the_examples_are_in_the_standard_layout_and_in_order() -> None:
    files = examples_from(date(2027, 3, 31))
    assert {name.removesuffix(".csv") for name in files} == set(ExportKind)
    for kind in ExportKind:
        found = read(kind, files[f"{kind}.csv"])
        assert not found.faults
        assert not found.unused
        headers = {each.header for each in LAYOUT[kind]}
        assert set(files[f"{kind}.csv"].splitlines()[0].split(",")) <= headers
    first = min(
        row.starts_at for row in read(ExportKind.SESSIONS, files["sessions.csv"]).rows if isinstance(row, SlotRow)
    )
    assert first.date() == date(2027, 3, 29)
    assert FIRST_MONDAY.isoweekday() == 1


def test_the_guide_has_every_column_and_every_code() -> None:
    text = (Path(__file__).parents[3] / "docs/operate/elsewhere.md").read_text("utf-8")
    rows = [
        f"| {each.header}{' (needed)' if each.is_needed else ''} | `{each.name}` | {each.meaning} | {each.form} |"
        for fields in LAYOUT.values()
        for each in fields
    ]
    rows += [f"| `{code}` | {why}. |" for code, why in LINE_CODES.items()]
    assert not [row for row in rows if row not in text]
