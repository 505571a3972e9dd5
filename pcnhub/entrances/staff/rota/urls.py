from django.urls import path

from pcnhub.entrances.staff.rota import closed_days, configuration, making, sessions, slot_types

urlpatterns = [
    path("rota/make", making.make, name="sessions-make"),
    path("rota/publish", making.publish, name="sessions-publish"),
    path("closed-days", closed_days.closed_days, name="closed-days"),
    path("closed-days/<int:closure_id>/forget", closed_days.closed_day_forget, name="closed-day-forget"),
    path("sessions/new", sessions.session_new, name="session-new"),
    path("sessions/<int:session_id>", sessions.session, name="session"),
    path("sessions/<int:session_id>/edit", sessions.session_edit, name="session-edit"),
    path("sessions/<int:session_id>/publish", sessions.session_publish, name="session-publish"),
    path("sessions/<int:session_id>/slots/<int:slot_id>/block", sessions.slot_block, name="slot-block"),
    path("sessions/<int:session_id>/slots/<int:slot_id>/unblock", sessions.slot_unblock, name="slot-unblock"),
    path("slot-types", slot_types.slot_types, name="slot-types"),
    path("slot-types/new", slot_types.slot_type_new, name="slot-type-new"),
    path("slot-types/<int:slot_type_id>", slot_types.slot_type_edit, name="slot-type"),
    path("slot-types/<int:slot_type_id>/retire", slot_types.slot_type_retire, name="slot-type-retire"),
    path("weekly-sessions", configuration.templates, name="templates"),
    path("weekly-sessions/new", configuration.template_new, name="template-new"),
    path("weekly-sessions/<int:template_id>", configuration.template_edit, name="template"),
    path("weekly-sessions/<int:template_id>/sessions", configuration.template_sessions, name="template-sessions"),
    path("weekly-sessions/<int:template_id>/days", configuration.template_day, name="template-day"),
    path(
        "weekly-sessions/<int:template_id>/days/<int:single_day_id>/forget",
        configuration.template_day_forget,
        name="template-day-forget",
    ),
    path("weekly-sessions/<int:template_id>/end", configuration.template_end, name="template-end"),
]
