"""Two addresses for whoever watches the hub: is the process alive, and can it serve?"""

from collections.abc import Callable
from datetime import timedelta

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from pcnhub.foundations.database.migrate import pending

LONGEST_SILENCE = timedelta(seconds=60)


@require_safe
def live(_request: HttpRequest) -> JsonResponse:
    """200 while the process answers at all."""
    return JsonResponse({"live": True})


@require_safe
def ready(_request: HttpRequest) -> JsonResponse:
    """200 when the database answers, its tables are up to date and a worker is at work; otherwise 503, and what is amiss."""
    checks: dict[str, Callable[[], str]] = {"database": _database, "migrations": _migrations, "worker": _worker}
    findings: dict[str, str] = {}
    for name, check in checks.items():
        try:
            findings[name] = check()
        except DatabaseError:
            findings[name] = "The database does not answer." if name == "database" else "Not known: a query failed."
    amiss = {name: finding for name, finding in findings.items() if finding}
    return JsonResponse({"ready": not amiss, "amiss": amiss}, status=503 if amiss else 200)


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return ""


def _migrations() -> str:
    waiting = pending()
    return f"{len(waiting)} migrations are not applied: run `pcnhub migrate`." if waiting else ""


def _worker() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from jobs_heartbeat where beat_at > now() - make_interval(secs => %s))",
            [LONGEST_SILENCE.total_seconds()],
        )
        row = cursor.fetchone()
    return (
        ""
        if row and row[0]
        else f"No worker has reported for {LONGEST_SILENCE.seconds} seconds: start `pcnhub worker`."
    )
