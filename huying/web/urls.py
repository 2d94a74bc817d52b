"""Pages that compose several rooms."""

from django.urls import path

from huying.web.settings.urls import settings_urls
from huying.web.views import board, evaluation, figures, home, manual, published, search, units

app_name = "web"

urlpatterns = [
    path("board/", board.board, name="board"),
    path("board/areas.json", board.areas, name="board-areas"),
    path("board/callouts/<str:number>/", board.panel, name="board-callout"),
    path("board/callouts/<str:number>/press/", board.press, name="board-press"),
    path("board/callouts/<str:number>/raise/", board.raise_level, name="board-raise"),
    path("desk/", home.desk_home, name="desk"),
    path("desk/health/", home.health, name="health"),
    path("desk/figures/<slug:key>/", figures.figure, name="figure"),
    path("desk/units/", units.unit_list, name="units"),
    path("desk/units/<str:code>/", units.unit, name="unit"),
    path("desk/units/<str:code>/evaluation/sheet/", evaluation.unit_sheet, name="unit-evaluation-sheet"),
    path("desk/units/<str:code>/evaluation/<str:key>/", evaluation.unit_rows, name="unit-evaluation-rows"),
    path(
        "desk/units/<str:code>/evaluation/<str:key>/export/",
        evaluation.unit_rows_export,
        name="unit-evaluation-export",
    ),
    path("desk/evaluation/", evaluation.table, name="evaluation"),
    path("desk/evaluation/published/", published.published, name="published"),
    path("desk/evaluation/sheet/", evaluation.table_sheet, name="evaluation-sheet"),
    path("desk/evaluation/<str:key>/", evaluation.district_rows, name="evaluation-rows"),
    path("desk/evaluation/<str:key>/export/", evaluation.district_rows_export, name="evaluation-export"),
    path("desk/search/", search.search_page, name="search"),
    path("desk/help/", manual.help_page, name="help"),
    path("desk/help/pictures/<slug:name>.png", manual.picture, name="help-picture"),
    *settings_urls,
]
