"""Pages that compose several rooms."""

from django.urls import path

from huying.web import views

app_name = "web"

urlpatterns = [
    path("desk/", views.desk_home, name="desk"),
]
