from django.urls import path

from pcnhub.entrances.staff.documents import filing, keeping, looking_after, views

urlpatterns = [
    path("patients/<int:patient_id>/documents", views.documents, name="documents"),
    path("patients/<int:patient_id>/documents/add", views.add, name="document-add"),
    path("documents", looking_after.attention, name="documents-attention"),
    path("documents/import", looking_after.import_page, name="documents-import"),
    path("documents/trials", looking_after.trials_page, name="documents-trials"),
    path("documents/<int:document_id>", views.document_page, name="document"),
    path("documents/<int:document_id>/content", views.content, name="document-content"),
    path("documents/<int:document_id>/in-error", keeping.in_error, name="document-in-error"),
    path("documents/<int:document_id>/settle", keeping.settle_page, name="document-settle"),
    path("consultations/<int:consultation_id>/documents", filing.consultation_documents, name="consultation-documents"),
    path(
        "consultations/<int:consultation_id>/documents/<int:document_id>/detach",
        filing.detach,
        name="document-detach",
    ),
]
