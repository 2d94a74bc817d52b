"""Addresses of cases at the desk."""

from django.urls import path

from huying.cases.queues import QUEUES
from huying.cases.views import (
    bulk,
    checklist,
    detail,
    exports,
    imports,
    intake,
    lists,
    reviews,
    saved,
    steps,
    work_order,
)

app_name = "cases"

urlpatterns = [
    path("desk/cases/", lists.cases_list, name="list"),
    path("desk/cases/new/", intake.new_case, name="new"),
    path("desk/cases/new/file/", intake.new_file, name="new-file"),
    path("desk/cases/new/caller/", intake.caller, name="caller"),
    path("desk/cases/new/place/", intake.place, name="place"),
    path("desk/cases/new/alike/", intake.alike, name="alike"),
    path("desk/cases/new/areas.geojson", intake.areas, name="areas"),
    *(
        path(f"desk/cases/{queue.slug}/", lists.cases_list, {"queue": queue.key}, name=f"queue-{queue.slug}")
        for queue in QUEUES.values()
        if queue.key
    ),
    path("desk/cases/bulk/", bulk.bulk, name="bulk"),
    path("desk/cases/bulk/take-back/", bulk.take_back, name="bulk-take-back"),
    path("desk/cases/bulk/<str:key>/", bulk.chosen, name="bulk-chosen"),
    path("desk/cases/reviews/", reviews.reviews, name="reviews"),
    path("desk/cases/columns/", lists.choose_columns, name="columns"),
    path("desk/cases/views/", saved.saved, name="views"),
    path("desk/cases/views/<int:pk>/", saved.change, name="view"),
    path("desk/cases/views/<int:pk>/delete/", saved.delete, name="view-delete"),
    path("desk/cases/export/", exports.export, name="export"),
    path("desk/cases/exports/", exports.exports, name="exports"),
    path("desk/cases/exports/<int:pk>/", exports.export_run, name="export-run"),
    path("desk/cases/exports/<int:pk>/file/", exports.export_file, name="export-file"),
    path("desk/cases/import/", imports.imports, name="import"),
    path("desk/cases/import/template/", imports.import_template, name="import-template"),
    path("desk/cases/import/<int:pk>/", imports.import_run, name="import-run"),
    path("desk/cases/import/<int:pk>/start/", imports.import_start, name="import-start"),
    path("desk/cases/import/<int:pk>/errors/", imports.import_errors, name="import-errors"),
    path("desk/cases/<number:number>/", detail.detail, name="detail"),
    path("desk/cases/<number:number>/received/", intake.received, name="received"),
    path("desk/cases/<number:number>/contact/", detail.reveal_contact, name="reveal"),
    path("desk/cases/<number:number>/presence/", detail.presence, name="presence"),
    path("desk/cases/<number:number>/work-order/", work_order.work_order, name="work-order"),
    path("desk/cases/<number:number>/alike/", intake.alike_to, name="alike-to"),
    path("desk/cases/<number:number>/area.geojson", detail.area, name="area"),
    path("desk/cases/<number:number>/steps/<slug:key>/", steps.step, name="step"),
    path("desk/settings/checklist/", checklist.checklist_page, name="checklist"),
    path("desk/settings/checklist/new/", checklist.new_item, name="new-checklist-item"),
    path("desk/settings/checklist/<int:pk>/", checklist.item_page, name="checklist-item"),
]
