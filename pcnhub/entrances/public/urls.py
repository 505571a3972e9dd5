"""The addresses of patients. The last is the link itself, whose token is no other page’s name."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from pcnhub.entrances.public import choosing, looking_after, opening

urlpatterns: list[URLPattern | URLResolver] = [
    path("own", opening.start, name="own"),
    path("own/close", opening.leave, name="own-leave"),
    path("own/home", looking_after.home, name="own-home"),
    path("own/times", choosing.times, name="own-times"),
    path("own/times/<int:slot_id>", choosing.book, name="own-book"),
    path("own/appointment", looking_after.appointment, name="own-appointment"),
    path("own/move", choosing.move_times, name="own-move"),
    path("own/move/<int:slot_id>", choosing.move, name="own-move-to"),
    path("own/cancel", looking_after.cancel, name="own-cancel"),
    path("own/<slug:token>", opening.arrive, name="own-link"),
]
