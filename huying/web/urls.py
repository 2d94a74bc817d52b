"""Pages that compose several rooms."""

from django.urls import path

from huying.web.settings.urls import settings_urls
from huying.web.views import figures, home, manual, search, units

app_name = "web"

urlpatterns = [
    path("desk/", home.desk_home, name="desk"),
    path("desk/health/", home.health, name="health"),
    path("desk/figures/<slug:key>/", figures.figure, name="figure"),
    path("desk/units/", units.unit_list, name="units"),
    path("desk/units/<str:code>/", units.unit, name="unit"),
    path("desk/search/", search.search_page, name="search"),
    path("desk/help/", manual.help_page, name="help"),
    path("desk/help/pictures/<slug:name>.png", manual.picture, name="help-picture"),
    *settings_urls,
]
