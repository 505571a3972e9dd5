"""Rows of an export: everything wrong with them is said at once, and whatever is written back is what was read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcnhub.care.patients.rules import (
    CheckedRows,
    ColumnMapping,
    RegistrationState,
    check_rows,
    columns_of,
    mapping_from,
    read_file,
    table_of,
)
from pcnhub.care.patients.rules.rows import DATE_FORMS, as_date
from pcnhub.foundations.kernel.identifiers import nhs_number_check_digit
from pcnhub.foundations.kernel.refusals import InvalidInput

TODAY = date(2026, 11, 23)
PUBLISHED = Path(__file__).parents[4] / "shared/data/gpconnect"
HEADER = "NHS number,Surname,Forename,Date of birth,Sex,Postcode,Date of death,Deduction date,Practice code,Sensitive"
GOOD = "900 000 0009,SMITH,Jane,12/04/1980,F,ls1 5ht,,,A81001,"


def checked(
    *lines: str, header: str = HEADER, mapping: ColumnMapping | None = None, members: frozenset[str] = frozenset()
) -> CheckedRows:
    file = read_file("\n".join([header, *lines]).encode())
    mapping = mapping or ColumnMapping()
    columns = columns_of(file.headers, mapping)
    return check_rows(file, columns=columns, mapping=mapping, practice_ods="A81001", today=TODAY, members=members)


def test_a_good_row_is_taken_with_its_values_in_form() -> None:
    result = checked(GOOD)
    assert result.rejections == ()
    (row,) = result.taken
    assert row.nhs_number == "9000000009"
    assert row.values == {
        "family_name": "SMITH",
        "given_name": "Jane",
        "birth_date": date(1980, 4, 12),
        "sex": "female",
        "postcode": "LS1 5HT",
        "is_sensitive": None,
    }


def test_every_fault_of_a_row_is_named_with_its_place_and_remedy() -> None:
    result = checked("9000000008,,Jane,12/04/2080,Q,nowhere,,,B82002,perhaps")
    found = {rejection.column: rejection.code for rejection in result.rejections}
    assert found == {
        "NHS number": "nhs-number-check-digit",
        "Surname": "name-missing",
        "Date of birth": "date-in-future",
        "Sex": "sex-unknown",
        "Postcode": "postcode-form",
        "Practice code": "another-practice",
        "Sensitive": "flag-unknown",
    }
    assert all(rejection.line == 2 and rejection.message and rejection.remedy for rejection in result.rejections)
    assert result.taken == ()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("900000000,SMITH,Jane,1980-04-12,,,,,,", "nhs-number-form"),
        (",SMITH,Jane,1980-04-12,,,,,,", "nhs-number-missing"),
        ("9000000009,SMITH,Jane,31/02/1980,,,,,,", "date-form"),
        ("9000000009,SMITH,Jane,,,,,,,", "date-missing"),
        ("9000000009,SMITH,Jane,1880-04-12,,,,,,", "birth-date-implausible"),
        ("9000000009,SMITH,Jane,1980-04-12,,,01/01/2020,,,", "deceased"),
        ("9000000009,SMITH,Jane,1980-04-12,,,01/01/1970,,,", "died-before-birth"),
        ("9000000009,SMITH,Jane,1980-04-12,,,,01/01/2020,,", "left"),
        ("9000000009,SMITH,Jane,1980-04-12", "wrong-cell-count"),
    ],
)
def test_each_reason_has_its_code(line: str, code: str) -> None:
    result = checked(line)
    assert [rejection.code for rejection in result.rejections] == [code]
    assert result.taken == ()


def test_a_number_on_two_lines_is_taken_once_and_the_second_names_the_first() -> None:
    result = checked(GOOD, GOOD)
    assert len(result.taken) == 1
    (rejection,) = result.rejections
    assert (rejection.line, rejection.code) == (3, "repeated-in-file")
    assert "line 2" in rejection.message


def test_the_dead_and_the_gone_are_also_closings() -> None:
    result = checked("9000000009,SMITH,Jane,1980-04-12,,,2020-01-01,2020-01-05,,")
    (closing,) = result.closings
    assert (closing.state, closing.day) == (RegistrationState.DECEASED, date(2020, 1, 1))


def test_a_future_deduction_is_still_a_registration() -> None:
    assert len(checked("9000000009,SMITH,Jane,1980-04-12,,,,2027-01-01,,").taken) == 1


@pytest.mark.parametrize(
    "line", ["9000000009,,Jane,1980-04-12,Q,nowhere,2020-01-01,,,", "9000000009,S,J,1980-04-12,,x,,2020-01-01,,"]
)
def test_a_death_or_a_leaving_is_believed_whatever_else_is_wrong_with_the_row(line: str) -> None:
    result = checked(line)
    assert len(result.rejections) > 1
    assert len(result.closings) == 1


@pytest.mark.parametrize(
    "line",
    [
        "9000000008,S,J,1980-04-12,,,2020-01-01,,,",  # nobody knows whose death that is
        "9000000009,S,J,soon,,,2020-01-01,,,",
        "9000000009,S,J,1980-04-12,,,2020-01-01,,B82002,",
        "9000000009,S,J,1980-04-12,,,soon,2020-01-01,,",
    ],
)
def test_nobody_is_closed_by_a_row_that_may_be_about_somebody_else(line: str) -> None:
    result = checked(line)
    assert result.rejections
    assert result.closings == ()


def test_who_left_and_came_back_is_not_closed() -> None:
    header = "NHS number,Surname,Forename,DOB,Registration date,Deduction date,Registration type"
    result = checked(
        "9000000009,S,J,1980-04-12,2020-01-01,2019-12-31,GMS",
        "9000000017,S,J,1980-04-12,2020-01-01,2021-12-31,Temporary",
        header=header,
    )
    assert [each.code for each in result.rejections] == ["left-before-registered", "not-regular", "left"]
    assert result.closings == ()


def test_another_members_row_is_told_apart_from_an_outsiders() -> None:
    lines = [
        f"{number},S,J,1980-04-12,,,,,{ods}," for number, ods in (("9000000009", "b82002"), ("9000000017", "C83003"))
    ]
    members = frozenset({"A81001", "B82002"})
    assert [each.code for each in checked(*lines, members=members).rejections] == [
        "another-practice",
        "outside-network",
    ]
    assert {each.code for each in checked(*lines).rejections} == {"another-practice"}


def test_a_row_that_lacks_only_its_number_is_kept_for_a_person_to_compare() -> None:
    result = checked(
        ",S,J,1980-04-12,,,,,,", "9000000008,S,J,1980-04-12,,,,,,", ",S,J,soon,,,,,,", ",S,J,1980-04-12,,,2020-01-01,,,"
    )
    assert [(row.line, row.nhs_number, row.values["family_name"]) for row in result.numberless] == [
        (2, "", "S"),
        (3, "", "S"),
    ]


def test_who_is_sensitive_comes_in_and_is_marked_so() -> None:
    (row,) = checked("9000000009,S,J,1980-04-12,,,,,,Y").taken
    assert row.values["is_sensitive"] is True


def test_what_nobody_asked_the_person_is_not_known() -> None:
    header = "NHS number,Surname,Forename,DOB,SMS consent,Interpreter required,Work phone,Addr1"
    (row,) = checked('9000000009,S,J,1980-04-12,,Y,0113 496 0000,"Flat  2\n1 High St"', header=header).taken
    assert row.values["sms_consent"] is None
    assert row.values["interpreter_required"] is True
    assert row.values["work_phone"] == "0113 496 0000"
    assert row.values["address_lines"] == ["Flat 2", "1 High St"]


def test_lines_are_those_of_the_file_even_after_a_cell_with_a_line_break() -> None:
    header = "NHS number,Surname,Forename,DOB,Addr1"
    result = checked('9000000009,SMITH,Jane,1980-04-12,"1 High St\nLeeds"', "1,X,Y,1980-01-01,", header=header)
    assert [rejection.line for rejection in result.rejections] == [4]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_encodings_and_delimiters(delimiter: str, encoding: str) -> None:
    text = delimiter.join(["NHS No", "Surname", "Forename", "DOB"]) + "\r\n"
    text += delimiter.join(["9000000009", "Müller", "Zoë", "19800412"]) + "\r\n"
    file = read_file(text.encode(encoding))
    assert file.rows[0].cells == ("9000000009", "Müller", "Zoë", "19800412")


def test_what_is_not_a_table_is_refused() -> None:
    for content in (b"", b"PK\x03\x04\x00\x00"):
        with pytest.raises(InvalidInput):
            read_file(content)


def test_missing_and_doubled_columns_are_all_named() -> None:
    with pytest.raises(InvalidInput) as refused:
        columns_of(("NHS No", "NHS number", "Surname", "Notes"), ColumnMapping())
    assert {(problem.field, problem.code) for problem in refused.value.problems} == {
        ("NHS number", "column-twice"),
        ("given_name", "column-missing"),
        ("birth_date", "column-missing"),
    }


def test_a_mapping_file_adds_to_the_default_and_overrides_it() -> None:
    mapping = mapping_from(
        {
            "columns": {"Pt. number": "nhs_number", "Title": "preferred_language"},
            "sex": {"Frau": "female"},
            "ignore": ["NHS"],
        }
    )
    header = "Pt. number,NHS,Surname,Forename,DOB,Gender,Title"
    (row,) = checked("9000000009,x,S,J,1980-04-12,Frau,German", header=header, mapping=mapping).taken
    assert row.values["sex"] == "female"
    assert row.values["preferred_language"] == "German"


def test_a_mapping_file_with_faults_is_refused_with_all_of_them() -> None:
    with pytest.raises(InvalidInput) as refused:
        mapping_from({"column": {}, "columns": {"A": "nonsense"}, "sex": {"B": "both"}, "ignore": "C"})
    assert [problem.field for problem in refused.value.problems] == ["column", "ignore", "columns.A", "sex.B"]


@given(st.dates(date(1900, 1, 1), TODAY), st.sampled_from(DATE_FORMS))
def test_every_form_of_date_reads_as_it_was_written(day: date, form: str) -> None:
    assert as_date(day.strftime(form)) == day


@given(st.integers(0, 999_999_999).filter(lambda n: nhs_number_check_digit(f"{n:09}") < 10))
def test_a_wrong_check_digit_never_passes(first_nine: int) -> None:
    digits = f"{first_nine:09}"
    right = nhs_number_check_digit(digits)
    row = {"NHS number": f"{digits}{(right + 1) % 10}", "Surname": "S", "Forename": "J", "DOB": "1980-01-01"}
    file = table_of([row])
    columns = columns_of(file.headers, ColumnMapping())
    result = check_rows(file, columns=columns, mapping=ColumnMapping(), practice_ods="A81001", today=TODAY)
    assert result.taken == ()


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published test patients are not on this machine")
@pytest.mark.parametrize(
    ("name", "practice", "taken", "rejected"),
    [("PDS.csv", "A21472", 5, {"another-practice", "deceased"}), ("RegisterPatients.csv", "A21472", 158, set())],
)
def test_the_published_test_patients_come_in_as_they_are(
    name: str, practice: str, taken: int, rejected: set[str]
) -> None:
    file = read_file((PUBLISHED / name).read_bytes())
    mapping = ColumnMapping()
    columns = columns_of(file.headers, mapping)
    assert columns.unused == ()
    result = check_rows(file, columns=columns, mapping=mapping, practice_ods=practice, today=TODAY)
    assert len(result.taken) == taken
    assert {each.code for each in result.rejections} == rejected


@pytest.mark.parametrize(
    "line", ["9000000009,,J,1980-04-12,Q,nowhere,,,,Y", "9000000009,S,J,1980-04-12,,x,,2020-01-01,,Y"]
)
def test_protection_is_believed_whatever_else_is_wrong_with_the_row(line: str) -> None:
    result = checked(line)
    assert len(result.rejections) > 1
    (protecting,) = result.protectings
    assert (protecting.nhs_number, protecting.columns) == ("9000000009", ("is_sensitive",))


@pytest.mark.parametrize(
    "line",
    [
        "9000000008,S,J,1980-04-12,,x,,,,Y",  # nobody knows whom that protects
        "9000000009,S,J,soon,,x,,,,Y",
        "9000000009,S,J,1980-04-12,,x,,,B82002,Y",
        "9000000009,S,J,1980-04-12,,x,,,,N",
        "9000000009,S,J,1980-04-12,,,,,,Y",  # taken as it is
    ],
)
def test_nobody_is_protected_by_a_row_that_may_be_about_somebody_else(line: str) -> None:
    assert checked(line).protectings == ()


def test_an_empty_flag_says_nothing() -> None:
    (row,) = checked("9000000009,S,J,1980-04-12,,,,,,").taken
    assert row.values["is_sensitive"] is None
