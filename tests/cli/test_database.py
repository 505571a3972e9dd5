"""The tests' own database is what production's is: two roles, and a serving role that owns nothing."""

import psycopg
import pytest
from django.db import connection
from django.db.utils import ProgrammingError

from pcnhub.foundations.database.roles import UnsafeRole, refuse_unsafe_role
from tests.conftest import FreshDatabase


@pytest.mark.django_db
def test_the_serving_role_is_safe_and_cannot_make_tables() -> None:
    refuse_unsafe_role(connection)
    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("create table mine (id int)")


def test_owner_and_superuser_are_refused(fresh_database: FreshDatabase) -> None:
    for url, word in ((fresh_database.owner_url, "owns tables"), (fresh_database.superuser_url, "superuser")):
        with psycopg.connect(url) as other, pytest.raises(UnsafeRole, match=word):
            refuse_unsafe_role(other)
