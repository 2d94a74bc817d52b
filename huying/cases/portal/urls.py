"""Addresses of the residents' portal."""

from django.urls import path

from huying.cases.portal import views

app_name = "portal"

urlpatterns = [
    path("", views.home, name="home"),
    path("report/", views.report, name="report"),
    path("report/done/", views.reported, name="reported"),
    path("follow/", views.follow, name="follow"),
    path("follow/<str:number>/", views.case, name="case"),
    path("follow/<str:number>/files/<uuid:pk>/", views.file, name="file"),
    path("follow/<str:number>/<slug:key>/", views.step, name="step"),
    path("mine/", views.mine, name="mine"),
]
