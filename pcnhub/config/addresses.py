"""Addresses and secrets as settings give them: whether they can be read, and whether they are safe."""

import ipaddress
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

SHORTEST_SECRET = 50
ENCRYPTED = ("require", "verify-ca", "verify-full")


def database_parts(url: SecretStr) -> dict[str, str]:
    """The parts of a PostgreSQL address as libpq names them (host, port, user, password, dbname, sslmode ...).

    Raises ValueError when it is no PostgreSQL address, or names no role or database.
    """
    try:
        parts = {
            key: str(value) for key, value in conninfo_to_dict(url.get_secret_value()).items() if value is not None
        }
    except ProgrammingError:
        parts = {}  # libpq's own message would repeat the address, and the password with it
    if not parts.get("user") or not parts.get("dbname"):
        raise ValueError(
            "is not readable; write it as postgresql://ROLE:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full"
        )
    return parts


def encrypted(url: SecretStr) -> bool:
    """True when what is sent to this database can't be read on the way: a socket, this machine, or TLS."""
    parts = database_parts(url)
    host = parts.get("host", "")
    return not host or host.startswith("/") or is_loopback(host) or parts.get("sslmode") in ENCRYPTED


def is_loopback(host: str) -> bool:
    """True for the names and addresses by which a machine reaches itself alone."""
    bare = host.strip("[]")
    try:
        return bare == "localhost" or ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def strong(secret: str) -> bool:
    """True for a secret that is long and is no repetition of a few characters."""
    return len(secret) >= SHORTEST_SECRET and len(set(secret)) >= 10


def is_service(address: str) -> bool:
    """True for an https address (http on this machine only) with neither / at its end nor a query."""
    parts = urlsplit(address)
    if not parts.hostname or address.endswith("/") or parts.query:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
