"""Addresses of the resource pool."""

from django.urls import URLPattern, path

from huying.dockets.pool.views import needs, offers, tables

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
]
