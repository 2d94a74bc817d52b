"""Which room answers which address."""

from django.urls import URLPattern, URLResolver, include, path

handler400 = "huying.ui.errors.bad_request"
handler403 = "huying.ui.errors.forbidden"
handler404 = "huying.ui.errors.not_found"
handler500 = "huying.ui.errors.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("ui/", include("huying.ui.urls")),
    path("", include("huying.people.urls")),
    path("", include("huying.web.api")),
    path("", include("huying.matters.urls")),
    path("", include("huying.knowledge.urls")),
    path("", include("huying.cases.urls")),
    path("", include("huying.supervision.urls")),
    path("", include("huying.dockets.urls")),
    path("", include("huying.callouts.urls")),
    path("", include("huying.web.urls")),
    path("", include("huying.cases.portal.urls")),
]
