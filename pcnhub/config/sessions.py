"""Two kinds of session: the staff's, and the patients' under their own address. A request has one of them, by its address."""

from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse

from pcnhub.entrances.public import session as own


class SessionsMiddleware(SessionMiddleware):
    """Django's for the staff. On a patient's page a staff session of the same browser is neither read nor kept alive."""

    def process_request(self, request: HttpRequest) -> None:
        if own.is_own(request):
            own.begin(request)
        else:
            super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not own.is_own(request):
            return super().process_response(request, response)
        if hasattr(request, "session"):  # a middleware before this one may have answered
            own.keep(request, response)
        return response
