from django.urls import path

from pcnhub.entrances.staff.rota import cancelling, changing, slots, telling, week

urlpatterns = [
    path("rota", week.rota, name="rota"),
    path("rota/day", week.rota_day, name="rota-day"),
    path("rota/print", week.rota_print, name="rota-print"),
    path("rota/away", cancelling.rota_away, name="rota-away"),
    path("rota/cancel", cancelling.rota_cancel, name="rota-cancel"),
    path("sessions/<int:session_id>/cancel", cancelling.session_cancel, name="session-cancel"),
    path("sessions/<int:session_id>/change", changing.session_change, name="session-change"),
    path("sessions/<int:session_id>/replace", changing.session_replace, name="session-replace"),
    path("sessions/<int:session_id>/slots/new", slots.slot_new, name="slot-new"),
    path("sessions/<int:session_id>/slots/<int:slot_id>/split", slots.slot_split, name="slot-split"),
    path("sessions/<int:session_id>/slots/<int:slot_id>/take-out", slots.slot_take_out, name="slot-take-out"),
    path("weekly-sessions/<int:template_id>/change", changing.series_change, name="series-change"),
    path("people-to-tell", telling.people_to_tell, name="people-to-tell"),
    path("people-to-tell/<int:person_id>", telling.person_to_tell, name="person-to-tell"),
]
