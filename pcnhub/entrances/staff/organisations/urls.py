"""The addresses of this journey."""

from django.urls import path

from pcnhub.entrances.staff.organisations import directory, groups, networks, views

urlpatterns = [
    path("organisation", views.organisation, name="organisation"),
    path("organisations", directory.directory, name="directory"),
    path("organisations/new", directory.new, name="organisation-new"),
    path("organisations/<int:organisation_id>", views.organisation, name="organisation"),
    path("organisations/<int:organisation_id>/edit", views.organisation_edit, name="organisation-edit"),
    path("organisations/<int:organisation_id>/sites/new", views.site_new, name="site-new"),
    path("organisations/<int:organisation_id>/prescriber-codes/new", views.code_new, name="prescriber-code-new"),
    path(
        "organisations/<int:organisation_id>/prescriber-codes/<str:code>/remove",
        views.code_remove,
        name="prescriber-code-remove",
    ),
    path("organisations/<int:organisation_id>/gp-connect", views.switches, name="gp-connect-switches"),
    path("networks/new", networks.new, name="network-new"),
    path("networks/<int:network_id>", networks.network, name="network"),
    path("networks/<int:network_id>/edit", networks.edit, name="network-edit"),
    path("networks/<int:network_id>/join", networks.join, name="network-join"),
    path("networks/<int:network_id>/leave/<int:organisation_id>", networks.leave, name="network-leave"),
    path("networks/<int:network_id>/stay/<int:membership_id>", networks.stay, name="network-stay"),
    path("sites/<int:site_id>/edit", views.site_edit, name="site-edit"),
    path("groups", groups.groups, name="groups"),
    path("groups/new", groups.group_new, name="group-new"),
    path("groups/<int:group_id>", groups.group, name="group"),
    path("groups/<int:group_id>/add", groups.add, name="group-add"),
    path("groups/<int:group_id>/remove/<int:organisation_id>", groups.remove, name="group-remove"),
    path("groups/<int:group_id>/subscribe", groups.subscribe, name="group-subscribe"),
    path("groups/<int:group_id>/unsubscribe", groups.unsubscribe, name="group-unsubscribe"),
]
