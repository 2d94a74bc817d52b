"""Addresses of dispatch rules, of the recommender and of the knowledge base."""

from django.urls import URLPattern, path

from huying.knowledge.views import recommender

app_name = "knowledge"

urlpatterns: list[URLPattern] = [
    path("desk/recommender/", recommender.versions, name="recommender"),
    path("desk/recommender/train/", recommender.train, name="recommender-train"),
    path("desk/recommender/<int:pk>/", recommender.version_page, name="recommender-version"),
    path("desk/recommender/<int:pk>/activate/", recommender.activate, name="recommender-activate"),
]
