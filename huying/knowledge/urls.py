"""Addresses of dispatch rules, of the recommender and of the knowledge base."""

from django.urls import URLPattern, path

from huying.knowledge.views import replies

app_name = "knowledge"

urlpatterns: list[URLPattern] = [
    path("desk/settings/phrases/", replies.phrases_page, name="phrases"),
    path("desk/settings/phrases/new/", replies.new_phrase, name="new-phrase"),
    path("desk/settings/phrases/<int:pk>/", replies.phrase_page, name="phrase"),
]
