"""Today's work."""

from __future__ import annotations

from django.http import HttpResponse

from pcnhub.entrances.staff.door import StaffRequest, page, render


@page(methods=("GET",))
def today(request: StaffRequest) -> HttpResponse:
    return render(request, "today/today.jinja", {})
