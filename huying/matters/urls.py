"""Addresses of what all matters share."""

from django.urls import path

from huying.matters import views

app_name = "matters"

urlpatterns = [
    path("desk/messages/", views.inbox, name="messages"),
    path("desk/messages/read/", views.read_all, name="read-all"),
    path("desk/messages/<int:pk>/open/", views.open_message, name="open-message"),
    path("desk/alarms/", views.alarm_list, name="alarms"),
    path("desk/alarms/<int:pk>/", views.acknowledge_alarm, name="acknowledge-alarm"),
    path("desk/files/<uuid:pk>/", views.file, name="file"),
    path("desk/files/<uuid:pk>/thumbnail/", views.thumbnail, name="thumbnail"),
]
