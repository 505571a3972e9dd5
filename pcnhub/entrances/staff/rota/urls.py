from django.urls import path

from pcnhub.entrances.staff.rota import configuration, sessions, views

urlpatterns = [
    path("rota", views.rota, name="rota"),
    path("rota/make", views.make, name="sessions-make"),
    path("sessions/new", sessions.session_new, name="session-new"),
    path("sessions/<int:session_id>", sessions.session, name="session"),
    path("sessions/<int:session_id>/edit", sessions.session_edit, name="session-edit"),
    path("sessions/<int:session_id>/publish", sessions.session_publish, name="session-publish"),
    path("sessions/<int:session_id>/cancel", sessions.session_cancel, name="session-cancel"),
    path("sessions/<int:session_id>/slots/<int:slot_id>/block", sessions.slot_block, name="slot-block"),
    path("sessions/<int:session_id>/slots/<int:slot_id>/unblock", sessions.slot_unblock, name="slot-unblock"),
    path("slot-types", configuration.slot_types, name="slot-types"),
    path("slot-types/new", configuration.slot_type_new, name="slot-type-new"),
    path("slot-types/<int:slot_type_id>", configuration.slot_type_edit, name="slot-type"),
    path("slot-types/<int:slot_type_id>/retire", configuration.slot_type_retire, name="slot-type-retire"),
    path("weekly-sessions", configuration.templates, name="templates"),
    path("weekly-sessions/new", configuration.template_new, name="template-new"),
    path("weekly-sessions/<int:template_id>", configuration.template_edit, name="template"),
    path("weekly-sessions/<int:template_id>/end", configuration.template_end, name="template-end"),
]
