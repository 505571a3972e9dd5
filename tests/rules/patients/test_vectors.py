"""Whatever a file looks like, checking it by columns finds what checking it row by row finds."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pcnhub.care.patients.rules import ROW_CODES, ColumnMapping, RegistrationState, check_rows, columns_of, read_file
from pcnhub.care.patients.rules.rows import CheckedRows, Closing, Demographics, Protecting, Rejection
from pcnhub.care.patients.rules.sniffing import shape_of
from pcnhub.care.patients.rules.vectors import check_table, judging, reading, schema_of
from pcnhub.foundations.kernel.identifiers import nhs_number_check_digit
from pcnhub.foundations.kernel.refusals import InvalidInput, Problem

TODAY = date(2026, 11, 23)
OWN = "A81001"
MEMBERS = frozenset({OWN, "B82002"})
HEADERS = (
    "NHS number", "Surname", "Forename", "Middle name", "DOB", "Sex", "Title", "Email", "Work phone", "Addr1", "Addr2",
    "Postcode", "Practice code", "Registration type", "Registration date", "Deduction date", "Date of death", "Sensitive flag",
    "SMS consent", "Comments",
)  # fmt: skip


def _valid(nine: int) -> str:
    return f"{nine:09}{nhs_number_check_digit(f'{nine:09}')}"


# Few numbers, so that they come twice; in every way of writing them, right and wrong.
NUMBERS = [_valid(nine) for nine in range(900_000_000, 900_000_012) if nhs_number_check_digit(str(nine)) < 10]
SPACES = st.sampled_from(["", " ", "  ", "\t", "\u00a0", "\x1c", "\u2003", "\n", "\r\n"])
numbers = st.one_of(
    st.sampled_from(NUMBERS),
    st.sampled_from(NUMBERS).map(lambda text: f"{text[:3]} {text[3:6]}-{text[6:]}"),
    st.sampled_from(NUMBERS).map(lambda text: f"{text[:3]}\u00a0{text[3:]}"),
    st.sampled_from(
        ["", "1111111111", "0000000000", "9000000008", "90000000", "+900000000", "٩٠٠٠٠٠٠٠٠٩", "9000000009.0", "abc"]
    ),
)
days = st.one_of(
    st.builds(
        lambda day, form: day.strftime(form),
        st.one_of(st.dates(date(1890, 1, 1), date(2030, 1, 1)), st.dates(date(2026, 11, 20), date(2026, 11, 26))),
        st.sampled_from(
            [
                "%Y-%m-%d",
                "%d/%m/%Y",
                "%d/%m/%Y",
                "%Y%m%d",
                "%d-%m-%Y",
                "%d.%m.%Y",
                "%d-%b-%Y",
                "%-d %B %Y",
                "%-d/%-m/%Y",
                "%d/%m/%y",
            ]
        ),
    ).flatmap(lambda text: st.sampled_from([text, text, f"{text} 00:00:00", f"{text}T9:30", f"{text}  10:00 11:00"])),
    st.sampled_from(["", "", "31/02/1980", "29/02/1900", "00/00/0000", "12/13/1980", "soon", "1/1/80", "10:00"]),
)
words = st.one_of(
    st.sampled_from(
        [
            "SMITH",
            "Jane",
            "O'Brien",
            "van  der Berg",
            "Müller",
            "",
            " ",
            "=1+1",
            'Rose "Cottage"',
            "12\nHigh St",
            "x" * 100,
            "é" * 100,
            "é" * 101,
            "x" * 255,
            "x" * 256,
        ]
    ),
    st.lists(st.one_of(st.text(max_size=4), SPACES, st.sampled_from(['"', ",", ";", "a"])), max_size=4).map("".join),
).map(lambda text: text.replace("\0", ""))
flags = st.one_of(st.sampled_from(["Y", "n", "", "TRUE", "0", "yes", "Sensitive", "perhaps", "ﬀ", "Ｙ"]))
CELLS = (
    numbers, words, words, st.one_of(st.just(""), words), days, st.sampled_from(["M", "f", "", "9", "x", "Q", "?", "İ"]),
    words, words, words, words, words,
    st.sampled_from(["LS1 5HT", "ls15ht", "", "ZZ993VZ", "SW1A  1AA", "nowhere", "lſ1 5ht", "L\u00a0S15HT", "1AA", "ıs1 5ht"]),
    st.sampled_from([OWN, OWN, OWN, "a81001", "", "B82002", "C83003", "zz"]),
    st.sampled_from(["", "GMS", "Regular", "Temporary", "Left", "regular"]),
    days, st.one_of(st.just(""), days), st.one_of(st.just(""), st.just(""), days), flags, flags, words,
)  # fmt: skip
# Mostly in order, so that the plain way is taken as often as the other.
GOOD = (
    "", "SMITH", "Jane", "", "12/04/1980", "F", "Ms", "jane@example.org", "0113 496 0000", "1 High St", "", "LS1 5HT", OWN, "GMS",
    "01/02/2003", "", "", "N", "", "",
)  # fmt: skip


class Written(NamedTuple):
    text: str
    encoding: str


@st.composite
def files(draw: st.DrawFn) -> Written:
    delimiter = draw(st.sampled_from([",", ",", ";", "\t", "|"]))
    ends = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    lines: list[str | None] = [*draw(st.sampled_from([[], [""], ["Patients of the practice", ""]]))]
    lines.append(delimiter.join(HEADERS))
    for _ in range(draw(st.integers(0, 8))):
        cells = [draw(st.sampled_from(NUMBERS)), *GOOD[1:]]
        for place in draw(st.lists(st.integers(0, len(CELLS) - 1), max_size=4)):
            cells[place] = draw(CELLS[place])
        lines.append(draw(st.sampled_from([_quoted, _quoted, _quoted_all, _bare]))(cells, delimiter))
        lines.append(draw(st.sampled_from([None, None, None, None, "", " ", delimiter * 19, '"', "x"])))
    text = ends.join(line for line in lines if line is not None) + draw(st.sampled_from(["", ends]))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]))
    return Written(text, encoding)


def _quoted(cells: list[str], delimiter: str) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="").writerow(cells)
    return out.getvalue()


def _quoted_all(cells: list[str], delimiter: str) -> str:
    return delimiter.join('"' + cell.replace('"', '""') + '"' for cell in cells)


def _bare(cells: list[str], delimiter: str) -> str:
    """As programs write that know nothing of quotes."""
    return delimiter.join(cells)


def by_columns(content: bytes) -> CheckedRows:
    source = io.BytesIO(content)
    table = check_table(source=source, shape=shape_of(source), practice_ods=OWN, members=MEMBERS, today=TODAY)
    taken: list[Demographics] = []
    numberless: list[Demographics] = []
    protectings: list[Protecting] = []
    closings: list[Closing] = []
    rejections: list[Rejection] = []
    rows = 0
    for batch in table:
        assert batch.rows == batch.good.height + batch.rejected
        assert batch.rejected == len({rejection.line for rejection in batch.rejections})
        assert dict(batch.good.schema) == schema_of(table.columns)
        rows += batch.rows
        for values in batch.good.iter_rows(named=True):
            line, number = values.pop("line"), values.pop("nhs_number")
            if values.get("registered_on", 0) is None:
                del values["registered_on"]
            taken.append(Demographics(line, number, values))
        closings += batch.closings
        rejections += batch.rejections
        numberless += batch.numberless
        protectings += batch.protectings
    in_order = sorted(taken, key=lambda row: row.line)
    return CheckedRows(tuple(in_order), tuple(closings), tuple(rejections), tuple(numberless), tuple(protectings))


def by_rows(content: bytes) -> CheckedRows:
    file = read_file(content)
    columns = columns_of(file.headers, ColumnMapping())
    return check_rows(file, columns=columns, mapping=ColumnMapping(), practice_ods=OWN, members=MEMBERS, today=TODAY)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(file=files(), stretch=st.sampled_from([1, 2, 3, 65_536]))
def test_both_ways_agree_row_for_row_and_field_for_field(
    file: Written, stretch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LINES", stretch)
    monkeypatch.setattr(judging, "_REMEMBERED", stretch)
    content = file.text.encode(file.encoding, errors="replace")
    assert outcome(by_columns, content) == outcome(by_rows, content)


def outcome(check: Callable[[bytes], CheckedRows], content: bytes) -> CheckedRows | tuple[Problem, ...]:
    """What was found, or why the file can't be read at all."""
    try:
        return check(content)
    except InvalidInput as refusal:
        return tuple(refusal.problems)


# Place of a cell -> what stands there instead, and what is said of it.
FAULTS = (
    ({0: ""}, "nhs-number-missing"),
    ({0: "12345"}, "nhs-number-form"),
    ({0: "9000000008"}, "nhs-number-check-digit"),
    ({0: NUMBERS[0]}, "repeated-in-file"),
    ({1: ""}, "name-missing"),
    ({4: ""}, "date-missing"),
    ({4: "31/02/1980"}, "date-form"),
    ({14: "24/11/2026"}, "date-in-future"),
    ({4: "12/04/1871"}, "birth-date-implausible"),
    ({14: "11/04/1980"}, "registered-before-birth"),
    ({15: "11/04/1979"}, "left-before-birth"),
    ({15: "31/01/2003"}, "left-before-registered"),
    ({16: "01/01/1970"}, "died-before-birth"),
    ({1: "x" * 101}, "too-long"),
    ({9: "é" * 256}, "too-long"),
    ({5: "Q"}, "sex-unknown"),
    ({11: "Leeds"}, "postcode-form"),
    ({17: "perhaps"}, "flag-unknown"),
    ({12: "B82002"}, "another-practice"),
    ({12: "C83003"}, "outside-network"),
    ({13: "Temporary"}, "not-regular"),
    ({13: "Deducted"}, "not-current"),
    ({16: "01/01/2020"}, "deceased"),
    ({15: "01/01/2020"}, "left"),
    ({19: "a,b"}, "wrong-cell-count"),
)


def one_of_each() -> bytes:
    """A good row, then a row for each fault, and all that can be wrong at once."""
    rows = [[NUMBERS[0], *GOOD[1:]]]
    fresh = (_valid(nine) for nine in range(910_000_000, 920_000_000) if nhs_number_check_digit(str(nine)) < 10)
    for changes, _ in FAULTS:
        rows.append([next(fresh), *GOOD[1:]])
        for place, text in changes.items():
            rows[-1][place] = text
    rows.append(
        [
            "1",
            "",
            "",
            "",
            "soon",
            "Q",
            "",
            "",
            "",
            "",
            "",
            "x",
            "zz",
            "Temporary",
            "soon",
            "soon",
            "1/1/2030",
            "x",
            "x",
            "",
        ]
    )
    return "\n".join([",".join(HEADERS), *(_bare(row, ",") for row in rows)]).encode()


@pytest.mark.parametrize(("place", "text"), [(1, "é" * 100), (2, "x" * 100), (9, "é" * 255), (8, "1" * 255)])
def test_what_just_fits_is_taken(place: int, text: str) -> None:
    cells = [NUMBERS[0], *GOOD[1:]]
    cells[place] = text
    content = f"{','.join(HEADERS)}\n{','.join(cells)}".encode()
    assert len(by_columns(content).taken) == 1
    assert by_columns(content) == by_rows(content)


def test_a_cell_that_slipped_is_not_quoted_whole() -> None:
    found = by_columns(f"{','.join(HEADERS)}\n{','.join([NUMBERS[0], 'z' * 20_000, *GOOD[2:]])}".encode())
    assert [(each.code, len(each.value)) for each in found.rejections] == [("too-long", 255)]


def test_each_fault_is_found_and_explained_in_the_layout() -> None:
    found = by_columns(one_of_each())
    assert found == by_rows(one_of_each())
    assert [each.code for each in found.rejections[: len(FAULTS)]] == [code for _, code in FAULTS]
    assert {each.code for each in found.rejections} == set(ROW_CODES) - {
        "another-person"
    }  # that one needs the people held
    assert len([each for each in found.rejections if each.line == len(FAULTS) + 3]) == 13
    assert [closing.state for closing in found.closings] == [RegistrationState.DECEASED, RegistrationState.LEFT]
    assert len(found.numberless) == 3


@pytest.mark.parametrize("mask", ["_numbers", "_postcodes", "_day", "_birth_date", "_flag", "_nothing"])
def test_a_mask_that_lets_everything_pass_would_be_noticed(mask: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: without any one of the masks the two ways differ."""
    blind: dict[str, object] = {
        "_numbers": lambda texts: texts.cast(pl.Int64, strict=False).fill_null(0),
        "_postcodes": lambda texts: (texts, pl.repeat(value=False, n=len(texts), eager=True)),
        "_day": lambda *_, **__: date(2000, 1, 1),
        "_birth_date": lambda *_: date(1980, 4, 12),
        "_flag": lambda *_: False,
        "_nothing": lambda *_: date(2000, 1, 1),
    }
    monkeypatch.setattr(judging, mask, blind[mask])
    assert by_columns(one_of_each()) != by_rows(one_of_each())


def test_progress_is_told_and_a_number_is_known_from_stretch_to_stretch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LINES", 4)
    source = io.BytesIO(one_of_each())
    told: list[int] = []
    table = check_table(source=source, shape=shape_of(source), practice_ods=OWN, today=TODAY, on_progress=told.append)
    lines = {each.line for batch in table for each in batch.rejections if each.code == "repeated-in-file"}
    assert lines == {6}
    assert told == [4, 8, 12, 16, 20, 24, 27]


def test_a_file_that_is_not_what_its_beginning_said_is_refused_while_it_is_read() -> None:
    source = io.BytesIO(one_of_each())
    shape = shape_of(source)
    for bytes_between in (b"\xff\n", b"\0\n"):
        other = io.BytesIO(one_of_each() + b"\n" + bytes_between)
        with pytest.raises(InvalidInput):
            list(check_table(source=other, shape=shape, practice_ods=OWN, today=TODAY))
