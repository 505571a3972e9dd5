"""What kind of file it is, which column is which field, and whether it is as long as the list."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcnhub.care.patients.rules import ColumnMapping, columns_of, mapping_from, read_file
from pcnhub.care.patients.rules.columns import HEADERS, REQUIRED, distinct
from pcnhub.care.patients.rules.listsize import against_list_size
from pcnhub.care.patients.rules.sniffing import HEAD, shape_of, sniff
from pcnhub.care.patients.rules.standard import STANDARD
from pcnhub.care.patients.rules.suggesting import suggest_mapping
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem

HEADER = "NHS number;Surname;Forenames;DOB"
ROW = "9000000009;Müller;Zoë;12/04/1980"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_the_header_is_found_beneath_a_title(encoding: str, ends: str) -> None:
    content = ends.join(["Patients, all; of the practice", "Run on 23/11/2026", "", HEADER, ROW]).encode(encoding)
    for shape in (sniff(content, is_whole=True), shape_of(io.BytesIO(content))):
        assert (shape.delimiter, shape.header_line) == (";", 4)
        assert shape.headers == ("NHS number", "Surname", "Forenames", "DOB")
        assert shape.preview == (tuple(ROW.split(";")),)
    (row,) = read_file(content).rows
    assert (row.line, row.cells) == (5, tuple(ROW.split(";")))


def test_headers_that_only_a_mapping_knows_are_found_by_it() -> None:
    mapping = mapping_from({"columns": {"Nummer": "nhs_number", "Geboren": "birth_date"}})
    content = b"Export;of;the;list\nNummer;Geboren\n9000000009;1980-04-12\n"
    assert sniff(content, mapping=mapping, is_whole=True).header_line == 2
    assert sniff(content, is_whole=True).header_line == 1


def test_a_beginning_that_ends_within_a_letter_or_a_line_is_forgiven() -> None:
    content = f"{HEADER}\n{ROW}\n".encode()
    cut = content.index("ü".encode()) + 1
    assert sniff(content[:cut]).encoding == "utf-8-sig"
    assert sniff(content[:cut]).preview == ()


def test_a_letter_far_down_that_is_not_utf_8_is_seen_by_reading_all() -> None:
    content = HEADER.encode() + b"\n" + b"9000000009;Smith;Jane;12/04/1980\n" * (HEAD // 30) + ROW.encode("cp1252")
    assert sniff(content[:HEAD]).encoding == "utf-8-sig"
    whole = shape_of(io.BytesIO(content))
    assert (whole.encoding, whole.lines) == ("cp1252", content.count(b"\n"))


@pytest.mark.parametrize(
    "content", [b"", b" \n\n", b"PK\x03\x04\x00\x00", HEADER.encode("utf-16-le"), b"a\x81b,\xff\n"]
)
def test_what_is_not_a_table_of_text_is_refused_either_way(content: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        sniff(content, is_whole=True)
    assert all(problem.remedy for problem in refused.value.problems)
    with pytest.raises(InvalidInput) as refused_too:
        shape_of(io.BytesIO(content))
    assert refused_too.value.problems == refused.value.problems


def test_columns_of_one_name_are_told_apart() -> None:
    content = b"NHS No,Surname,Forename,DOB,Address,Address,Address,Comments,Comments\n1,2,3,4,5,6,7,8,9\n"
    headers = sniff(content, is_whole=True).headers
    assert headers[4:] == ("Address", "Address (2)", "Address (3)", "Comments", "Comments (2)")
    assert list(columns_of(headers, ColumnMapping()).places)[4:] == ["address_1", "address_2", "address_3"]


def test_the_standard_layout_has_every_field_once_and_is_read_without_a_mapping() -> None:
    assert [field.name for field in STANDARD if field.is_needed] == _ordered(REQUIRED)
    columns = columns_of(tuple(field.header for field in STANDARD), ColumnMapping())
    assert columns.unused == ()
    assert list(columns.places) == [field.name for field in STANDARD]
    assert set(columns.places) == set(HEADERS)


def _ordered(names: tuple[str, ...]) -> list[str]:
    return [field.name for field in STANDARD if field.name in names]


def test_a_mapping_is_proposed_for_headers_that_resemble_a_known_one() -> None:
    headers = (
        "Pt NHS No.", "Patient Surname", "Patient Forename", "Date Of Birth (DD/MM/YYYY)", "Registred date",
        "Next of kin surname", "Previous GP practice code", "Ethnicity", "Mobile Telephone Number", "Sex", "Gender",
    )  # fmt: skip
    mapping = suggest_mapping(headers)
    found = columns_of(headers, mapping)
    assert {found.headers[place]: name for name, place in found.places.items()} == {
        "Pt NHS No.": "nhs_number",
        "Patient Surname": "family_name",
        "Patient Forename": "given_name",
        "Date Of Birth (DD/MM/YYYY)": "birth_date",
        "Registred date": "registered_on",
        "Mobile Telephone Number": "mobile_phone",
        "Sex": "sex",
    }
    assert set(found.unused) == {"Next of kin surname", "Previous GP practice code", "Ethnicity", "Gender"}


@settings(max_examples=50)
@given(st.lists(st.sampled_from([*HEADERS, "Patient Sex", "Pt surname", "Notes", "", "nhs no", "NHS-No"]), max_size=12))
def test_a_proposal_never_gives_a_field_two_columns(headers: list[str]) -> None:
    mapping = suggest_mapping(distinct(headers))
    assert {problem.code for problem in _problems(distinct(headers), mapping)} <= {"column-missing"}


def _problems(headers: tuple[str, ...], mapping: ColumnMapping) -> list[Problem]:
    try:
        columns_of(headers, mapping)
    except InvalidInput as refusal:
        return list(refusal.problems)
    return []


def test_a_mapping_reads_back_from_its_content() -> None:
    mapping = mapping_from({"columns": {"Pt. number": "nhs_number"}, "ignore": ["NHS"], "sex": {"Frau": "female"}})
    assert mapping_from(mapping.content()) == mapping


@pytest.mark.parametrize(
    ("current", "size", "is_delta", "code"),
    [
        (9_800, 10_000, False, None),
        (10_200, 10_000, False, None),
        (9_799, 10_000, False, "list-size-short"),
        (10_201, 10_000, False, "list-size-long"),
        (12, 10_000, True, None),
        (12, None, False, "list-size-unknown"),
    ],
)
def test_a_file_is_held_against_the_list_size(current: int, size: int | None, is_delta: bool, code: str | None) -> None:
    found = against_list_size(current=current, list_size=size, is_delta=is_delta)
    assert (found.code if found else None) == code
    assert found is None or (found.message and found.remedy)
