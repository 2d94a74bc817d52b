"""Addresses of stars."""

from django.urls import path

from huying.callouts.stars import setting, views

app_name = "stars"

urlpatterns = [
    path("desk/callouts/stars/", views.table, name="league"),
    path("desk/callouts/stars/sheet/", views.table_sheet, name="sheet"),
    path("desk/callouts/stars/units/<str:code>/", views.unit, name="unit"),
    path("desk/callouts/stars/units/<str:code>/<slug:key>/", views.unit_rows, name="rows"),
    path("desk/callouts/stars/units/<str:code>/<slug:key>/sheet/", views.unit_rows_sheet, name="rows-sheet"),
    path("desk/settings/stars/", setting.standards_page, name="standards"),
    path("desk/settings/stars/new/", setting.new_standard, name="new-standard"),
    path("desk/settings/stars/<int:pk>/", setting.standard_page, name="standard"),
    path("desk/settings/stars/<int:pk>/remove/", setting.remove_standard, name="remove-standard"),
]
