from django.urls import path

from pcnhub.entrances.staff.signin import views

urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-in/code", views.sign_in_code, name="sign-in-code"),
    path("sign-in/set-up-code", views.set_up_code, name="set-up-code"),
    path("sign-in/position", views.choose_position, name="choose-position"),
    path("password", views.change_password, name="change-password"),
    path("sign-out", views.sign_out, name="sign-out"),
]
