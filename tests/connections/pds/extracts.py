"""Extracts of the demographics service for the tests: invented people."""

from __future__ import annotations

HEADER = (
    "NHS_NUMBER,DATE_OF_BIRTH,DATE_OF_DEATH,FAMILY_NAME,GIVEN_NAME,OTHER_GIVEN_NAME,TITLE,"
    "ADDR1,ADDR2,ADDR3,ADDR4,ADDR5,POST_CODE,SENSITIVE_FLAG,PRIMARY_CARE_CODE"
)
ALIVE, DEAD, PROTECTED, NOWHERE, OLD, VOID = (
    "9476719931", "9476719974", "9476113162", "9476730188", "9990000018", "9990000026",
)  # fmt: skip
ROWS = (
    f"{ALIVE},31/05/1952,,DAWES,Minnie,,MRS,,24 GRAMMAR SCHOOL ROAD,,BRIGG,,DN20 8AF,,A21472",
    f"{DEAD},02/07/1992,10/07/2007,PHELAN,Julian,Earl,MR,FARM HOUSE,BONNYHALE ROAD,EALAND,SCUNTHORPE,,DN17 4JQ,,A21472",
    f"{PROTECTED},02/11/1953,,HARDY,Tania,Lara,MS,,10 FERRIBY ROAD,,SCUNTHORPE,,DN17 2EQ,S,A21471",
    f"{NOWHERE},12/06/1977,,FARMER,Matt,,,,,,,,,,",
)
MORE = (
    f"{OLD},31/05/1952,,DAWES,Minnie,,MRS,,24 GRAMMAR SCHOOL ROAD,,BRIGG,,DN20 8AF,,A21472,FEMALE,{ALIVE},",
    f"{VOID},01/01/1990,,NOONE,Ann,,,,,,,,,,,,,I",
)


def extract(*rows: str, header: str = HEADER) -> bytes:
    return "\r\n".join((header, *rows, "")).encode()


def whole() -> bytes:
    """Everybody above, in one file with the further columns."""
    return extract(*(f"{row},,," for row in ROWS), *MORE, header=HEADER + ",GENDER,SUPERSEDED_BY,INVALID_FLAG")
