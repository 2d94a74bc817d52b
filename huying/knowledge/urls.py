"""Addresses of dispatch rules, of the recommender and of the knowledge base."""

from django.urls import URLPattern

app_name = "knowledge"

urlpatterns: list[URLPattern] = []
