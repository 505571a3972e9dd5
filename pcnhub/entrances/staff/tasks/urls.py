from django.urls import path

from pcnhub.entrances.staff.tasks import closing, covering, hours, teams, testing, views, writing

urlpatterns = [
    path("tasks", views.inbox, name="tasks"),
    path("tasks/sent", views.sent, name="tasks-sent"),
    path("tasks/owed", views.owed, name="tasks-owed"),
    path("tasks/tests", testing.tests, name="tasks-tests"),
    path("tasks/new", writing.task_new, name="task-new"),
    path("tasks/<int:task_id>", views.task, name="task"),
    path("teams", teams.teams, name="teams"),
    path("teams/new", teams.team_new, name="team-new"),
    path("teams/<int:team_id>", teams.team, name="team"),
    path("teams/cover/new", covering.cover_new, name="cover-new"),
    path("teams/cover/<int:cover_id>/end", covering.cover_end, name="cover-end"),
    path("teams/hours", hours.hours, name="opening-hours"),
    path("teams/hours/closed", closing.closings, name="closings"),
    path("teams/hours/closed/<int:closed_day_id>/remove", closing.open_again, name="closing-remove"),
]
