"""The two roles of the database, and the refusal to serve as any other.

`pcnhub_owner` owns the database and every table, and migrates. `pcnhub_app` serves: it owns nothing, so that row-level
security and the append-only grants bind it.
"""

from typing import Any

import psycopg
from psycopg import sql

from pcnhub.foundations.kernel.refusals import Refusal

OWNER = "pcnhub_owner"
APP = "pcnhub_app"
DATABASE = "pcnhub"
# btree_gist: exclusion of overlapping times of one clinician; pg_trgm: search of names by their parts
EXTENSIONS = ("btree_gist", "pg_trgm")
SUPERUSER_DATABASE = "postgres"  # every server has it, and it is nobody's
OLDEST_SERVER = 150000

# A statement carries its values, and a refused row's detail its key: neither may reach the server's log (`bootstrap`).
QUIET_LOG = {
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
}

UNSAFE_ROLE = """
select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,
       has_schema_privilege(current_user, 'public', 'create'),
       exists (select from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S')
                                     and pg_has_role(current_user, relowner, 'member')),
       current_setting('server_version_num')::int
from pg_roles where rolname = current_user
"""


class UnsafeRole(Refusal):
    """The connection's role could step around the database's own guards, or the server is too old. `reasons` has sentences."""

    code = "unsafe-role"

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


def bootstrap(superuser_url: str, *, database: str = DATABASE) -> None:
    """Makes the roles, the database and its extensions where they are missing. Done twice, it changes nothing.

    `superuser_url` addresses any database of the server (usually `postgres`) as a superuser. Roles get no password here:
    the embedded server needs none, and on any other server its administrator sets them.
    """
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(
            "select pg_advisory_lock(hashtext('pcnhub.bootstrap'))"
        )  # processes that start together take turns
        for role in (OWNER, APP):
            if not connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone():
                connection.execute(sql.SQL("create role {}").format(sql.Identifier(role)))
            connection.execute(
                sql.SQL("alter role {} login nosuperuser nobypassrls nocreatedb nocreaterole noreplication").format(
                    sql.Identifier(role)
                )
            )
            for setting, value in QUIET_LOG.items():
                connection.execute(
                    sql.SQL("alter role {} set {} = {}").format(
                        sql.Identifier(role), sql.Identifier(setting), sql.Literal(value)
                    )
                )
        if not connection.execute("select 1 from pg_database where datname = %s", [database]).fetchone():
            connection.execute(
                sql.SQL("create database {} owner {}").format(sql.Identifier(database), sql.Identifier(OWNER))
            )
        connection.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(database)))
        connection.execute(
            sql.SQL("grant connect on database {} to {}").format(sql.Identifier(database), sql.Identifier(APP))
        )
        here = psycopg.conninfo.make_conninfo(superuser_url, dbname=database)
        with psycopg.connect(here, autocommit=True) as inside:
            for extension in EXTENSIONS:
                inside.execute(sql.SQL("create extension if not exists {}").format(sql.Identifier(extension)))
            inside.execute("revoke create on schema public from public")


def refuse_unsafe_role(connection: Any) -> None:
    """Raises UnsafeRole unless `connection` (Django's or psycopg's) is safe to serve with.

    Unsafe is a superuser, a role that bypasses row security, makes roles or databases, owns or can become the owner of our
    tables, or may create in their schema; and a server older than PostgreSQL 15.
    """
    with connection.cursor() as cursor:
        cursor.execute(UNSAFE_ROLE)
        role, superuser, bypass, creates_roles, creates_databases, creates, owns, version = cursor.fetchone()
    ways = [
        (superuser, "is a superuser"),
        (bypass, "may bypass row-level security (BYPASSRLS)"),
        (creates_roles, "may create roles"),
        (creates_databases, "may create databases"),
        (creates, "may create tables and functions in schema public"),
        (owns, "owns tables of the hub, or is a member of the role that does"),
    ]
    found = [way for unsafe, way in ways if unsafe]
    reasons = []
    if found:
        reasons.append(
            f"PCNHUB_DATABASE_URL: the role {role} {', '.join(found)}, so the database could not keep it from records that are "
            f"not its to see. Name {APP} there, which `pcnhub migrate` gives exactly what it needs."
        )
    if version < OLDEST_SERVER:
        reasons.append(f"PCNHUB_DATABASE_URL: the server is PostgreSQL {version // 10000}; the hub needs 15 or newer.")
    if reasons:
        raise UnsafeRole(reasons)
