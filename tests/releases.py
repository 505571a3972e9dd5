"""A small release of SNOMED CT for tests, in the files' own format."""

from __future__ import annotations

from pcnhub.care.consultations.rules.release_files import (
    COLUMNS,
    FULLY_SPECIFIED,
    IS_A,
    PREFERRED,
    SYNONYM,
    Rf2,
    Rf2File,
)

COUGH, PRESSURE, RETIRED, NEW = "49727002", "75367002", "386661006", "195967001"
CORE = "900000000000207008"
GB = "900000000000508004"


def concept(code: str, *, active: str = "1", time: str = "20260401") -> str:
    return f"{code}\t{time}\t{active}\t{CORE}\t900000000000074008"


def description(
    key: str,
    code: str,
    term: str,
    *,
    kind: str = SYNONYM,
    active: str = "1",
    language: str = "en",
    time: str = "20260401",
) -> str:
    return f"{key}\t{time}\t{active}\t{CORE}\t{code}\t{language}\t{kind}\t{term}\t900000000000448009"


def preferred(key: str, *, refset: str = GB) -> str:
    return "\t".join([f"{key}-member", "20260401", "1", CORE, refset, key, PREFERRED])


def is_a(key: str, child: str, parent: str, *, active: str = "1", kind: str = IS_A) -> str:
    inferred, some = "900000000000011006", "900000000000451002"
    return f"{key}\t20260401\t{active}\t{CORE}\t{child}\t{parent}\t0\t{kind}\t{inferred}\t{some}"


def relationships(*lines: str) -> Rf2File:
    return _file(Rf2.RELATIONSHIP, "relationship.txt", lines)


def release(
    *, concepts: tuple[str, ...] = (), descriptions: tuple[str, ...] = (), languages: tuple[str, ...] = ()
) -> list[Rf2File]:
    """Cough, blood pressure and asthma; fever is inactive in it. Lines can be added."""
    names = (
        description("1000001011", COUGH, "Cough symptom (finding)", kind=FULLY_SPECIFIED),
        description("1000002011", COUGH, "Cough"),
        description("1000003011", COUGH, "Tussis"),
        description("1000004011", COUGH, "Old word", active="0"),
        description("1000005011", COUGH, "Toux", language="fr"),
        description("1000006011", PRESSURE, "Blood pressure (observable entity)", kind=FULLY_SPECIFIED),
        description("1000007011", PRESSURE, "Blood pressure"),
        description("1000008011", PRESSURE, "BP"),
        description("1000009011", NEW, "Asthma (disorder)", kind=FULLY_SPECIFIED),
        description("1000010011", NEW, "Asthma"),
        description("1000011011", RETIRED, "Fever (finding)", kind=FULLY_SPECIFIED),
    )
    members = tuple(preferred(key) for key in ("1000002011", "1000007011", "1000010011"))
    codes = (concept(COUGH), concept(PRESSURE), concept(NEW), concept(RETIRED, active="0"))
    return [
        _file(Rf2.CONCEPT, "concept.txt", codes + concepts),
        _file(Rf2.DESCRIPTION, "description.txt", names + descriptions),
        _file(Rf2.LANGUAGE, "language.txt", members + languages),
    ]


def _file(kind: Rf2, name: str, lines: tuple[str, ...]) -> Rf2File:
    return Rf2File(name, "".join(f"{line}\r\n" for line in ("\t".join(COLUMNS[kind]), *lines)).encode())
