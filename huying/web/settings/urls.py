"""Addresses of 系统设置 that compose several rooms or belong to the kernel."""

from django.urls import URLPattern, path

from huying.web.settings import calendar, changes, home, keys, parameters, places, retention

settings_urls: list[URLPattern] = [
    path("desk/settings/", home.home, name="settings"),
    path("desk/settings/calendar/", calendar.calendar_page, name="calendar"),
    path("desk/settings/calendar/<int:pk>/remove/", calendar.remove, name="calendar-remove"),
    path("desk/settings/parameters/", parameters.parameters_page, name="parameters"),
    path("desk/settings/changes/", changes.changes_page, name="changes"),
    path("desk/settings/retention/", retention.retention_page, name="retention"),
    path("desk/settings/keys/", keys.keys_page, name="keys"),
    path("desk/settings/keys/new/", keys.new_key, name="new-key"),
    path("desk/settings/keys/<str:key>/revoke/", keys.revoke, name="revoke-key"),
    path("desk/settings/places/", places.places_page, name="places"),
    path("desk/settings/places/import/", places.places_import, name="import-places"),
    path("desk/settings/places/import/<int:pk>/", places.places_import_run, name="import-places-run"),
    path("desk/settings/places/import/<int:pk>/start/", places.places_import_start, name="import-places-start"),
    path("desk/settings/places/import/<int:pk>/errors/", places.places_import_errors, name="import-places-errors"),
    path("desk/settings/places/aliases/<int:pk>/remove/", places.remove_place_alias, name="remove-alias"),
    path("desk/settings/places/<str:key>/", places.place_page, name="place"),
    path("desk/settings/places/<str:key>/edit/", places.edit_place, name="edit-place"),
    path("desk/settings/places/<str:key>/outlines.geojson", places.outlines, name="place-outlines"),
]
