from django.urls import path

from pcnhub.entrances.staff.people import accounts, views

urlpatterns = [
    path("people", views.people, name="people"),
    path("people/new", views.person_new, name="person-new"),
    path("people/known", views.person_known, name="person-known"),
    path("people/<int:account_id>", views.person, name="person"),
    path("people/<int:account_id>/edit", accounts.person_edit, name="person-edit"),
    path("people/<int:account_id>/deactivate", accounts.person_deactivate, name="person-deactivate"),
    path("people/<int:account_id>/reactivate", accounts.person_reactivate, name="person-reactivate"),
    path("people/<int:account_id>/reset-password", accounts.person_reset_password, name="person-reset-password"),
    path("people/<int:account_id>/reset-code", accounts.person_reset_code, name="person-reset-code"),
    path("people/<int:account_id>/hand-over", accounts.person_hand_over, name="person-hand-over"),
    path("people/<int:account_id>/unlock", accounts.person_unlock, name="person-unlock"),
    path("people/<int:account_id>/position", views.position_new, name="position-new"),
    path("positions/<int:position_id>/edit", views.position_edit, name="position-edit"),
    path("positions/<int:position_id>/end", views.position_end, name="position-end"),
]
