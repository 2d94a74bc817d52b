"""Addresses of dockets and of their work."""

from django.urls import path

from huying.dockets.pool.urls import urlpatterns as pool
from huying.dockets.views import detail, lists, papers, steps

app_name = "dockets"

urlpatterns = [
    path("desk/dockets/", lists.docket_list, name="list"),
    path("desk/dockets/new/", lists.new_docket, name="new"),
    path("desk/dockets/collect/", lists.collect, name="collect"),
    path("desk/dockets/work/", lists.work_list, name="work"),
    path("desk/dockets/work/<number:number>/", detail.work, name="work-detail"),
    path("desk/dockets/work/<number:number>/steps/<slug:key>/", steps.work_step, name="work-step"),
    path("desk/dockets/<number:number>/", detail.docket, name="detail"),
    path("desk/dockets/<number:number>/matters/", detail.matters, name="matters"),
    path("desk/dockets/<number:number>/meetings/<int:pk>/minutes/", papers.minutes, name="minutes"),
    path("desk/dockets/<number:number>/steps/<slug:key>/", steps.docket_step, name="step"),
    *pool,
]
