"""Requests of a rehearsal: each brings the word of the run that is going on, and is part of that run from here on."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from pcnhub.foundations.database.rehearsing import HEADER, rehearsing
from pcnhub.rehearsal.queries import going_under


class RehearsalMiddleware:
    """What such a request writes is marked, and sees no real patient; a word that no run has opens nothing.

    Before the doors, so that pages and GP Connect are rehearsed alike. The session's own door looks that accounts of a rehearsal
    and requests of it belong together (`entrances.staff.session`).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        word = request.headers.get(HEADER, "")
        if not word:
            return self.get_response(request)
        going = going_under(word)
        if going is None:
            return HttpResponse("This rehearsal is over.", status=403, content_type="text/plain")
        with rehearsing(going):
            return self.get_response(request)
