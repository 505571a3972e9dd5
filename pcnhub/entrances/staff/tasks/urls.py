from django.urls import path

from pcnhub.entrances.staff.tasks import teams, views, writing

urlpatterns = [
    path("tasks", views.inbox, name="tasks"),
    path("tasks/sent", views.sent, name="tasks-sent"),
    path("tasks/new", writing.task_new, name="task-new"),
    path("tasks/<int:task_id>", views.task, name="task"),
    path("teams", teams.teams, name="teams"),
    path("teams/new", teams.team_new, name="team-new"),
    path("teams/<int:team_id>", teams.team, name="team"),
]
