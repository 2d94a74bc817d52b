"""Addresses of the frame itself."""

from django.urls import path

from huying.ui import views

app_name = "ui"
urlpatterns = [
    path("type-size/", views.type_size, name="type-size"),
    path("counts/", views.counts, name="counts"),
    path("guide/", views.guide, name="guide"),
    path("guide/areas.geojson", views.guide_areas, name="guide-areas"),
    path("guide/counts/", views.guide_counts, name="guide-counts"),
    path("guide/<slug:page>/", views.guide, name="guide-page"),
]
