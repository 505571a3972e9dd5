from django.urls import path

from pcnhub.entrances.staff.readiness import evidence, exporting, plan, running, todo, views

urlpatterns = [
    path("readiness", views.readiness, name="readiness"),
    path("readiness.csv", exporting.grid_csv, name="readiness-csv"),
    path("readiness/check-now", running.check_now, name="readiness-check-now"),
    path("readiness/runs/<int:run_id>", running.run, name="readiness-run"),
    path("readiness/plan", plan.plan, name="readiness-plan"),
    path("readiness/plan.csv", plan.plan_csv, name="readiness-plan-csv"),
    path("readiness/plan.ics", plan.plan_ics, name="readiness-plan-ics"),
    path("readiness/to-do/<int:organisation_id>", todo.to_do, name="readiness-to-do"),
    path("readiness/evidence", evidence.evidence, name="readiness-evidence"),
    path("readiness/evidence/<int:pack_id>.zip", evidence.evidence_zip, name="readiness-evidence-zip"),
    path("readiness/go-live", views.go_live, name="readiness-go-live"),
    path("readiness/<str:check_id>/<int:organisation_id>", views.check, name="readiness-check"),
]
