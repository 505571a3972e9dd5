"""The serving role can't step round the guards: it may not become another, take a guard away, or change what is on record."""

from __future__ import annotations

import psycopg
import pytest

from pcnhub.foundations.audit.trail import Subject, record
from pcnhub.foundations.database.work import unit_of_work
from tests.cast import NOW, system_for, world
from tests.conftest import FreshDatabase

FORBIDDEN = {
    "become the owner": "set role pcnhub_owner",
    "become the superuser": "set session authorization postgres",
    "make itself a superuser": "alter role pcnhub_app superuser",
    "bypass row security": "alter role pcnhub_app bypassrls",
    "make a role": "create role another login",
    "take row security off": "alter table patients_patient disable row level security",
    "take its force off": "alter table patients_patient no force row level security",
    "open a table by a policy": "create policy mine on patients_patient using (true)",
    "drop a policy": "drop policy own on patients_patient",
    "change a table": "alter table patients_patient add column hole text",
    "make a table": "create table hole (id int)",
    "make a function": "create function hole() returns int language sql as 'select 1'",
    "say for whom it acts in another way": "create or replace function pcnhub_acting_organisation() returns bigint "
    "language sql as 'select 1::bigint'",
    "drop a trigger": "drop trigger audit_chain on audit_auditevent",
    "switch a trigger off": "alter table audit_auditevent disable trigger all",
    "switch all triggers off": "set session_replication_role = replica",
    "read passwords of roles": "select * from pg_authid",
    "read files of the server": "select pg_read_file('/etc/hostname')",
    "run programs": "copy (select 1) to program 'true'",
    "change the audit": "update audit_auditevent set user_name = 'nobody'",
    "delete from the audit": "delete from audit_auditevent",
    "empty the audit": "truncate audit_auditevent",
    "move the end of a chain": "update audit_audithead set sequence = 0",
    "rewrite an agreement's history": "update sharing_partychange set reason = ''",
    "rewrite a finished consultation": "update consultations_version set sections = '[]'",
    "rewrite a booking's history": "delete from appointments_bookingevent",
    "empty a table": "truncate patients_patient cascade",
    "pretend that a migration ran": "insert into django_migrations (app, name, applied) values ('a', 'b', now())",
}


def test_the_serving_role_may_do_none_of_it(fresh_database: FreshDatabase) -> None:
    answers: dict[str, type[psycopg.Error] | None] = {}
    with psycopg.connect(fresh_database.url, autocommit=True) as app:
        for attempt, statement in FORBIDDEN.items():
            try:
                app.execute(statement)
            except psycopg.Error as error:
                answers[attempt] = type(error)
            else:
                answers[attempt] = None
    assert answers == dict.fromkeys(FORBIDDEN, psycopg.errors.InsufficientPrivilege)


def test_negative_control_the_owner_is_let_do_what_the_serving_role_is_not(fresh_database: FreshDatabase) -> None:
    """Were the hub served as the owner of its tables, some of these would go through."""
    through = []
    for attempt, statement in FORBIDDEN.items():
        with psycopg.connect(fresh_database.owner_url) as owner:
            try:
                owner.execute(statement)
            except psycopg.Error:
                continue
            finally:
                owner.rollback()
            through.append(attempt)
    assert {"take row security off", "make a table", "drop a trigger", "drop a policy"} <= set(through)


def test_the_trigger_stops_an_owner_who_sees_the_rows(fresh_database: FreshDatabase) -> None:
    cast = world()
    hub = system_for(cast.hub)
    with unit_of_work(hub):
        record(actor=hub, now=NOW, action="tests.done", subject=Subject("test"))
    with psycopg.connect(fresh_database.owner_url) as owner:
        owner.execute("alter table audit_auditevent no force row level security")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            owner.execute("update audit_auditevent set user_name = 'nobody'")
        owner.rollback()
