"""What a file is, by its bytes: the few types that are taken, and what in them is not.

Nothing that runs is taken: no page, no script, no macro. A name that says another type than the bytes is refused, because
people choose by the name, and machines act on it.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath

import puremagic

from pcnhub.foundations.kernel.refusals import Problem

LONGEST_NAME = 120  # characters
_UNPACKED = 200 * 1024 * 1024  # bytes: what a DOCX may unpack to
_PARTS = 5000
_TAIL = 2048  # bytes at a PDF's end in which its mark stands
_MARKUP = re.compile(r"<(!doctype\s+html|html|script|svg|\?xml|iframe|body|head)\b", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class FileType:
    """A type that is taken. `is_inline`: a browser shows it without running anything of it."""

    name: str
    content_type: str
    endings: tuple[str, ...]
    is_inline: bool = False


PDF = FileType("PDF", "application/pdf", (".pdf",), is_inline=True)
JPEG = FileType("JPEG", "image/jpeg", (".jpg", ".jpeg", ".jpe"), is_inline=True)
PNG = FileType("PNG", "image/png", (".png",), is_inline=True)
TIFF = FileType("TIFF", "image/tiff", (".tif", ".tiff"))
RTF = FileType("RTF", "application/rtf", (".rtf",))
TEXT = FileType("plain text", "text/plain", (".txt", ".text", ".log", ".csv"))
DOCX = FileType("DOCX", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", (".docx",))

ACCEPTED: tuple[FileType, ...] = (PDF, JPEG, PNG, TIFF, RTF, TEXT, DOCX)
_WORDS = "PDF, JPEG, PNG, TIFF, RTF, plain text or DOCX"
_CONTAINERS = {".zip", ".docm", ".xlsx", ".pptx", ".odt"}


def file_type_of(content: bytes, file_name: str) -> tuple[FileType | None, tuple[Problem, ...]]:
    """The type, or every reason why the file is not taken. The name may lack an ending; it may not lie."""
    if not content:
        return None, (_problem("empty-file", "The file is empty.", "Choose the file again.", file_name),)
    found, problem = _by_content(content, file_name)
    if found is None:
        return None, (problem or _unknown(content, file_name),)
    problems = [problem] if problem else []
    ending = PurePosixPath(file_name.replace("\\", "/")).suffix.lower()
    if ending and ending not in found.endings:
        problems.append(
            _problem(
                "name-lies",
                f"The name ends in {ending}, and the file is {found.name}.",
                f"Save it again as what it is, with a name that ends in {found.endings[0]}.",
                file_name,
            )
        )
    return (None if problems else found), tuple(problems)


def safe_name(title: str, kind: FileType | str) -> str:
    """A name for the downloaded file, from the title: letters, digits and blanks, with the right ending."""
    content_type = kind if isinstance(kind, str) else kind.content_type
    ending = next((each.endings[0] for each in ACCEPTED if each.content_type == content_type), "")
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9 ._-]+", " ", plain).strip(" ._-")
    return (re.sub(r"\s+", " ", stem)[:80] or "document") + ending


def _by_content(content: bytes, file_name: str) -> tuple[FileType | None, Problem | None]:
    if content.startswith(b"%PDF-"):
        return PDF, _cut_short(b"%%EOF" not in content[-_TAIL:], PDF, file_name)
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG, _cut_short(b"\xff\xd9" not in content[-_TAIL:], JPEG, file_name)
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR":
        return PNG, _cut_short(b"IEND" not in content[-_TAIL:], PNG, file_name)
    if content.startswith((b"II*\0", b"MM\0*")):
        return TIFF, _cut_short(len(content) < 16, TIFF, file_name)
    if content.startswith(b"{\\rtf"):
        return RTF, _embedded(b"\\objdata" in content or b"\\objocx" in content, file_name)
    if content.startswith(b"PK\x03\x04"):
        return _unpacked(content, file_name)
    return _as_text(content, file_name)


def _unpacked(content: bytes, file_name: str) -> tuple[FileType | None, Problem | None]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            infos = parts.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return None, _problem(
            "damaged-file", "The file starts like a Word document, and is damaged.", "Save it again.", file_name
        )
    names = {info.filename for info in infos}
    if not {"[Content_Types].xml", "word/document.xml"} <= names:
        return None, None
    if len(infos) > _PARTS or sum(info.file_size for info in infos) > _UNPACKED:
        return DOCX, _problem(
            "unpacks-too-large", "This document unpacks to far more than a letter has.", "Save it as PDF.", file_name
        )
    runs = any(
        name.lower().endswith(("vbaproject.bin", ".exe", ".js", ".vbs")) or "/activex/" in name.lower()
        for name in names
    )
    return DOCX, _embedded(runs or any(name.startswith("word/embeddings/") for name in names), file_name)


def _as_text(content: bytes, file_name: str) -> tuple[FileType | None, Problem | None]:
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text):
            return None, None
        if _MARKUP.search(text[:4096]):
            return None, _problem(
                "active-content",
                "This is a page for a browser, which may do things when it is opened.",
                "Print it to PDF, and attach that.",
                file_name,
            )
        return TEXT, None
    return None, None


def _cut_short(is_cut: bool, kind: FileType, file_name: str) -> Problem | None:
    if not is_cut:
        return None
    return _problem(
        "damaged-file",
        f"The file starts as {kind.name}, and its end is missing.",
        "Save or send it again: it may have been cut short on its way.",
        file_name,
    )


def _embedded(is_there: bool, file_name: str) -> Problem | None:
    if not is_there:
        return None
    return _problem(
        "active-content",
        "The document holds macros or embedded objects, which may do things when it is opened.",
        "Save it as PDF, and attach that.",
        file_name,
    )


def _unknown(content: bytes, file_name: str) -> Problem:
    try:
        guess = puremagic.from_string(content[: 256 * 1024])
    except (puremagic.PureError, ValueError):
        guess = ""
    said = (
        f"By its content this file is {guess.lstrip('.')}, which"
        if guess
        else "What this file is can't be told, and it"
    )
    if guess in _CONTAINERS:
        said = "By its content this is a packed file or another kind of office document, which"
    return _problem("type-not-taken", f"{said} is not taken.", f"Save it as {_WORDS}.", file_name)


def _problem(code: str, message: str, remedy: str, file_name: str) -> Problem:
    return Problem("file", code, message, remedy, PurePosixPath(file_name.replace("\\", "/")).name[:LONGEST_NAME])
