"""What a file is, by its bytes; a name that lies, and what runs, is refused."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcnhub.care.documents.rules import file_type_of, percentile, read_index, safe_name
from pcnhub.foundations.kernel.refusals import InvalidInput

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 20 + b"IEND\xaeB`\x82"
PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"
HEAD = "file,nhs_number,birth_date,title,kind,reference\n"


def packed(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        for name in names:
            parts.writestr(zipfile.ZipInfo(name), "x")  # of one day: the bytes are part of a name of a test
    return out.getvalue()


DOCX = packed("[Content_Types].xml", "word/document.xml")


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (PDF, "a.pdf", "PDF"),
        (PDF, "without-ending", "PDF"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 9 + b"\xff\xd9", "A.JPEG", "JPEG"),
        (PNG, "a.png", "PNG"),
        (b"II*\0" + b"\0" * 20, "a.tif", "TIFF"),
        (b"{\\rtf1 Hello}", "a.rtf", "RTF"),
        ("Grüße".encode("utf-16"), "a.txt", "plain text"),
        ("Temp 38°C".encode("cp1252"), "a.txt", "plain text"),
        (DOCX, "a.docx", "DOCX"),
    ],
)
def test_taken_by_content(content: bytes, name: str, expected: str) -> None:
    found, problems = file_type_of(content, name)
    assert not problems
    assert found is not None
    assert found.name == expected


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.pdf", "empty-file"),
        (PNG, "letter.pdf", "name-lies"),
        (PDF, "letter.docx", "name-lies"),
        (PDF[:-7], "a.pdf", "damaged-file"),
        (DOCX[:60], "a.docx", "damaged-file"),
        (b"MZ\x90\0" + b"\0" * 60, "letter.pdf", "type-not-taken"),
        (packed("a.txt"), "a.zip", "type-not-taken"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "a.txt", "active-content"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "a.txt", "active-content"),
        (b"{\\rtf1 {\\object\\objdata 0105}}", "a.rtf", "active-content"),
        (packed("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "a.docx", "active-content"),
        (packed("[Content_Types].xml", "word/document.xml", "word/embeddings/o.bin"), "a.docx", "active-content"),
    ],
)
def test_refused_by_name_with_a_remedy(content: bytes, name: str, code: str) -> None:
    found, problems = file_type_of(content, name)
    assert found is None
    assert [problem.code for problem in problems] == [code]
    assert all(problem.message and problem.remedy and problem.value == name for problem in problems)


@given(st.text())
def test_a_downloads_name_is_plain_whatever_the_title(title: str) -> None:
    name = safe_name(title, "application/pdf")
    assert name.isascii()
    assert name.endswith(".pdf")
    assert not set(name) & set('/\\"\r\n;\0')
    assert len(name) <= 84


@given(st.lists(st.integers(0, 10_000), min_size=1))
def test_so_many_of_a_hundred_took_no_longer(times: list[int]) -> None:
    slow = percentile(times, 95)
    assert slow in times
    assert sum(each <= slow for each in times) * 100 >= 95 * len(times)


def test_everything_wrong_in_an_index_is_said_at_once() -> None:
    lines = [
        "a.pdf,9000000009,1980-04-12,Letter,letter,r1",
        "b.pdf,9000000008,12/04/1980,,poem,r1",
        "x/c.pdf,9000000009,1980-04-12,Letter,letter,r1",
    ]
    with pytest.raises(InvalidInput) as refusal:
        read_index((HEAD + "\n".join(lines)).encode())
    assert [(problem.field, problem.code) for problem in refusal.value.problems] == [
        ("line 3, title", "missing-value"),
        ("line 3, nhs_number", "nhs-number"),
        ("line 3, birth_date", "date"),
        ("line 3, kind", "unknown-kind"),
        ("line 4, file", "folder-in-name"),
    ]
    assert "9000000008" not in str(refusal.value)


@pytest.mark.parametrize("content", [b"", b"file,title\n", "Datei;Größe\n".encode("cp1252"), HEAD.encode()])
def test_what_is_no_index_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_index(content)


def test_two_lines_with_one_reference_are_refused() -> None:
    line = "a.pdf,9000000009,1980-04-12,Letter,letter,r1\n"
    with pytest.raises(InvalidInput) as refusal:
        read_index((HEAD + line + line).encode())
    assert [problem.code for problem in refusal.value.problems] == ["named-twice"]
