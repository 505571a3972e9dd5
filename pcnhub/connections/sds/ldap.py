"""The driver that asks by LDAP, in two steps: the MHS record for where, the AS record under its party key for who.

Source: GP Connect 1.2.7, Spine directory integration; `national-services` 3.7. Nothing here touches the database. Each search
has a connection of its own, which several threads may make at once.
"""

from __future__ import annotations

import math
import ssl
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import ldap3
from ldap3.core.exceptions import LDAPException, LDAPStartTLSError
from ldap3.core.results import RESULT_NO_SUCH_OBJECT
from ldap3.utils.conv import escape_filter_chars

from pcnhub.connections.sds.configuration import Configuration
from pcnhub.connections.sds.refusals import NoAnswer, SaidNo
from pcnhub.connections.sds.words import Device, Endpoint, Question

MOST = 100  # records of one answer
NOT_NOW = (1, 2, 3, 4, 11, 51, 52, 80)  # operations or protocol error, limits, busy, unavailable, other (RFC 4511, A.1)


def endpoints(configuration: Configuration, question: Question, _correlation_id: uuid.UUID) -> tuple[Endpoint, ...]:
    """Where the organisation answers the interaction. Raises NoAnswer, SaidNo."""
    wanted = _filter(nhsIDCode=question.ods_code, objectClass="nhsMhs", nhsMhsSvcIA=question.interaction)
    rows = _search(configuration, wanted, ["nhsMHSEndPoint", "nhsMHSPartyKey"])
    found = [
        Endpoint(address, party_key)
        for row in rows
        for party_key in _values(row, "nhsMHSPartyKey")[:1]
        for address in _values(row, "nhsMHSEndPoint")
    ]
    return tuple(dict.fromkeys(found))


def devices(configuration: Configuration, question: Question, _correlation_id: uuid.UUID) -> tuple[Device, ...]:
    """Who answers, under the question's party key. Raises NoAnswer, SaidNo."""
    wanted = _filter(nhsIDCode=question.ods_code, objectClass="nhsAs", nhsMHSPartyKey=question.party_key)
    rows = _search(configuration, wanted, ["uniqueIdentifier"])
    return tuple(dict.fromkeys(Device(asid) for row in rows for asid in _values(row, "uniqueIdentifier")[:1]))


def _filter(**wanted: str) -> str:
    """What is asked may come from a form: its brackets and stars mean themselves (RFC 4515)."""
    return f"(&{''.join(f'({name}={escape_filter_chars(value)})' for name, value in wanted.items())})"


def _values(row: Mapping[str, Any], name: str) -> list[str]:
    """Attribute names have no case in LDAP, and servers answer in their schema's."""
    found: Any = next((value for key, value in row.items() if key.lower() == name.lower()), [])
    return [str(each) for each in (found if isinstance(found, list) else [found]) if each]


def _search(configuration: Configuration, wanted: str, attributes: list[str]) -> list[Mapping[str, Any]]:
    with _answers_in_time(configuration), _connected(configuration) as connection:
        _, result, found, _ = connection.search(
            configuration.ldap_base,
            wanted,
            attributes=attributes,
            size_limit=MOST,
            time_limit=math.ceil(configuration.seconds),
        )
        _refuse(result)
        return [each["attributes"] for each in found or () if each["type"] == "searchResEntry"]


@contextmanager
def _answers_in_time(configuration: Configuration) -> Iterator[None]:
    try:
        yield
    except LDAPException as wrong:
        raise NoAnswer(
            f"The directory can't be reached, is not to be trusted, or has not answered within {configuration.seconds:g} "
            f"seconds ({type(wrong).__name__})."
        ) from None


@contextmanager
def _connected(configuration: Configuration) -> Iterator[ldap3.Connection]:
    parts = urlsplit(configuration.ldap_address)
    is_tls = parts.scheme == "ldaps"
    server = ldap3.Server(
        parts.hostname or "", port=parts.port or (636 if is_tls else 389), use_ssl=is_tls, get_info=ldap3.NONE,
        connect_timeout=configuration.seconds, tls=_tls(configuration),
    )  # fmt: skip
    connection = ldap3.Connection(
        server, client_strategy=ldap3.SAFE_SYNC, receive_timeout=math.ceil(configuration.seconds), read_only=True,
        auto_referrals=False, check_names=False,
    )  # fmt: skip
    try:
        connection.open()
        if not is_tls and configuration.ldap_starttls and not connection.start_tls():
            raise LDAPStartTLSError
        _refuse(connection.bind()[1])
        yield connection
    finally:
        with suppress(LDAPException, OSError):
            connection.unbind()


def _tls(configuration: Configuration) -> ldap3.Tls:
    return ldap3.Tls(
        local_private_key_file=str(configuration.ldap_key) if configuration.ldap_key else None,
        local_certificate_file=str(configuration.ldap_certificate) if configuration.ldap_certificate else None,
        ca_certs_file=str(configuration.ldap_authority) if configuration.ldap_authority else None,
        validate=ssl.CERT_REQUIRED,
        version=ssl.PROTOCOL_TLS_CLIENT,
    )


def _refuse(result: Mapping[str, Any]) -> None:
    """Anything but success. That nothing matches is a success."""
    code = int(result["result"])
    if code == 0:
        return
    said = f"LDAP {code}, {result['description']}"
    if code in NOT_NOW:
        raise NoAnswer(f"The directory can't answer now ({said}).", answer_code=code)
    if code == RESULT_NO_SUCH_OBJECT:
        raise SaidNo(f"The directory has no such part as PCNHUB_SDS_LDAP_BASE ({said}).", answer_code=code)
    raise SaidNo(f"The directory does not take the question ({said}).", answer_code=code)
