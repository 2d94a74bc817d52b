"""Addresses of the resource pool."""

from django.urls import URLPattern, path

from huying.dockets.pool.views import beside, check_ins, needs, offers, projects, providers, tables

POOL = "desk/pool/"

urlpatterns: list[URLPattern] = [
    path(POOL, offers.offer_list, name="pool-offers"),
    path(f"{POOL}offers/new/", offers.offer_new, name="pool-new-offer"),
    path(f"{POOL}offers/import/", tables.import_offers, name="pool-import-offers"),
    path(f"{POOL}offers/<int:pk>/", offers.offer_page, name="pool-offer"),
    path(f"{POOL}offers/<int:pk>/edit/", offers.offer_edit, name="pool-edit-offer"),
    path(f"{POOL}offers/<int:pk>/contact/", offers.offer_reveal, name="pool-offer-reveal"),
    path(f"{POOL}offers/<int:pk>/<slug:key>/", offers.offer_act, name="pool-offer-act"),
    path(f"{POOL}needs/", needs.need_list, name="pool-needs"),
    path(f"{POOL}needs/new/", needs.need_new, name="pool-new-need"),
    path(f"{POOL}needs/import/", tables.import_needs, name="pool-import-needs"),
    path(f"{POOL}needs/<number:number>/", needs.need_page, name="pool-need"),
    path(f"{POOL}needs/<number:number>/contact/", needs.need_reveal, name="pool-need-reveal"),
    path(f"{POOL}needs/<number:number>/steps/<slug:key>/", needs.need_step, name="pool-need-step"),
    path(f"{POOL}projects/", projects.project_list, name="pool-projects"),
    path(f"{POOL}projects/new/", projects.project_new, name="pool-new-project"),
    path(f"{POOL}projects/import/", tables.import_projects, name="pool-import-projects"),
    path(f"{POOL}projects/<int:pk>/", projects.project_page, name="pool-project"),
    path(f"{POOL}projects/<int:pk>/edit/", projects.project_edit, name="pool-edit-project"),
    path(f"{POOL}projects/<int:pk>/notes/", projects.project_note, name="pool-project-note"),
    path(f"{POOL}projects/<int:pk>/end/<slug:key>/", projects.project_end, name="pool-project-end"),
    path(f"{POOL}providers/", providers.provider_list, name="pool-providers"),
    path(f"{POOL}providers/new/", providers.provider_new, name="pool-new-provider"),
    path(f"{POOL}providers/<int:pk>/", providers.provider_edit, name="pool-provider"),
    path(f"{POOL}check-ins/", check_ins.check_in_list, name="pool-check-ins"),
    path(f"{POOL}check-ins/new/", check_ins.check_in_new, name="pool-new-check-in"),
    path(f"{POOL}check-ins/<int:pk>/", check_ins.check_in_page, name="pool-check-in"),
    path(f"{POOL}check-ins/<int:pk>/contact/", check_ins.check_in_reveal, name="pool-check-in-reveal"),
    path(f"{POOL}check-ins/<int:pk>/records/", check_ins.check_in_record, name="pool-check-in-record"),
    path(f"{POOL}check-ins/<int:pk>/<slug:key>/", check_ins.check_in_act, name="pool-check-in-act"),
    path(f"{POOL}records/<int:pk>/<slug:key>/", check_ins.record_act, name="pool-record"),
    path(f"{POOL}mine/", check_ins.mine, name="pool-mine"),
    path(f"{POOL}mine/check-in/", check_ins.mine_new, name="pool-mine-new"),
    path(f"{POOL}mine/records/", check_ins.mine_record, name="pool-mine-record"),
    path(f"{POOL}matched/<number:number>/", beside.matched, name="pool-matched"),
    path("desk/settings/services/", providers.service_list, name="pool-services"),
    path("desk/settings/services/new/", providers.service_new, name="pool-new-service"),
    path("desk/settings/services/<int:pk>/", providers.service_edit, name="pool-service"),
]
