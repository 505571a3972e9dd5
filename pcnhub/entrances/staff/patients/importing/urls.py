from django.urls import path

from pcnhub.entrances.staff.patients.importing import deciding, reviewing, uploading

urlpatterns = [
    path("imports", uploading.import_list, name="imports"),
    path("imports/new", uploading.import_new, name="import-new"),
    path("imports/claims", deciding.import_claims, name="import-claims"),
    path("imports/claims/ask", deciding.import_claims_ask, name="import-claims-ask"),
    path("imports/<int:batch_id>", reviewing.import_one, name="import"),
    path("imports/<int:batch_id>/progress", reviewing.import_progress, name="import-progress"),
    path("imports/<int:batch_id>/columns", uploading.import_columns, name="import-columns"),
    path("imports/<int:batch_id>/take-in", reviewing.import_take_in, name="import-take-in"),
    path("imports/<int:batch_id>/undo", reviewing.import_undo, name="import-undo"),
    path("imports/<int:batch_id>/absent", reviewing.import_absent, name="import-absent"),
    path("imports/<int:batch_id>/drop", reviewing.import_drop, name="import-drop"),
    path("imports/<int:batch_id>/as-own", reviewing.import_as_own, name="import-as-own"),
    path("imports/<int:batch_id>/resume", reviewing.import_resume, name="import-resume"),
    path("imports/<int:batch_id>/rejected-rows.csv", reviewing.import_rejections, name="import-rejections"),
    path("imports/<int:batch_id>/duplicates", deciding.import_duplicates, name="import-duplicates"),
    path("imports/<int:batch_id>/duplicates/<int:duplicate_id>", deciding.import_duplicate, name="import-duplicate"),
]
