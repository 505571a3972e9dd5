"""The way in: GP Connect calls come through a proxy that has checked the Spine proxy's client certificate, and says so.

A token of GP Connect is unsigned (GP Connect 1.2.7, cross-organisation audit): whoever could reach this door by another way
could say to be anybody. docs/operate/gpconnect-nginx.md has the proxy.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from pcnhub.entrances.api.gpconnect.answers import Refused, Spine


def refuse_direct(request: HttpRequest) -> None:
    """Raises Refused (ACCESS_DENIED) for a call without the proxy's word; asks for none on a hub that only its own machine
    reaches, unless one is set."""
    word = settings.HUB.gp_connect_proxy_word
    if word is None:
        if settings.HUB.secure:
            raise Refused(Spine.ACCESS_DENIED, "GP Connect is closed here: PCNHUB_GP_CONNECT_PROXY_WORD is not set.")
        return
    if not constant_time_compare(request.headers.get("X-PCNHub-Proxy-Word", ""), word.get_secret_value()):
        raise Refused(Spine.ACCESS_DENIED, "GP Connect calls come through the Spine proxy alone.")
