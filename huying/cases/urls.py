"""Addresses of cases at the desk."""

from django.urls import path

from huying.cases.queues import QUEUES
from huying.cases.views import detail, intake, lists, steps

app_name = "cases"

urlpatterns = [
    path("desk/cases/", lists.cases_list, name="list"),
    path("desk/cases/new/", intake.new_case, name="new"),
    path("desk/cases/new/caller/", intake.caller, name="caller"),
    path("desk/cases/new/place/", intake.place, name="place"),
    *(
        path(f"desk/cases/{queue.slug}/", lists.cases_list, {"queue": queue.key}, name=f"queue-{queue.slug}")
        for queue in QUEUES.values()
        if queue.key
    ),
    path("desk/cases/<str:number>/", detail.detail, name="detail"),
    path("desk/cases/<str:number>/received/", intake.received, name="received"),
    path("desk/cases/<str:number>/contact/", detail.reveal_contact, name="reveal"),
    path("desk/cases/<str:number>/work-order/", detail.work_order, name="work-order"),
    path("desk/cases/<str:number>/area.geojson", detail.area, name="area"),
    path("desk/cases/<str:number>/steps/<slug:key>/", steps.step, name="step"),
]
