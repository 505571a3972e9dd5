from django.urls import path

from pcnhub.entrances.staff.writeback import answers, copies, drugs, views

urlpatterns = [
    path("write-back", views.writeback, name="writeback"),
    path("write-back/consultations", copies.listed, name="writeback-copies"),
    path("write-back/copies/<int:copy_id>/retry", views.retry, name="writeback-retry"),
    path("write-back/copies/<int:copy_id>/other-way", copies.other_way, name="writeback-other-way"),
    path("write-back/copies/<int:copy_id>/report.pdf", copies.report_as_pdf, name="writeback-report"),
    path("write-back/copies/<int:copy_id>/answers", answers.answers, name="writeback-answers"),
    path("write-back/waiting-time", copies.waiting_time, name="writeback-waiting-time"),
    path("write-back/drugs", drugs.waiting, name="drugs"),
    path("write-back/drugs/<int:drug_id>", drugs.decide, name="drug"),
    path("write-back/formularies", drugs.formulary_lists, name="formularies"),
]
