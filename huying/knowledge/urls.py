"""Addresses of dispatch rules, of the recommender and of the knowledge base."""

from django.urls import URLPattern, path

from huying.knowledge.views import (
    articles,
    articles_editing,
    articles_public,
    articles_queues,
    articles_tables,
    replies,
)

app_name = "knowledge"

urlpatterns: list[URLPattern] = [
    # the knowledge base
    path("desk/knowledge/", articles.article_list, name="articles"),
    path("desk/knowledge/articles/new/", articles_editing.article_new, name="new-article"),
    path("desk/knowledge/articles/written/", articles_queues.articles_written, name="written"),
    path("desk/knowledge/articles/submitted/", articles_queues.articles_submitted, name="submitted"),
    path("desk/knowledge/articles/publish/", articles_queues.articles_publish, name="publish-articles"),
    path("desk/knowledge/articles/due/", articles_queues.articles_due, name="due"),
    path("desk/knowledge/articles/feedback/", articles_queues.articles_feedback, name="feedback"),
    path("desk/knowledge/articles/feedback/<int:pk>/", articles_queues.feedback_answer, name="answer-feedback"),
    path("desk/knowledge/articles/import/", articles_tables.articles_import, name="import"),
    path("desk/knowledge/articles/synonyms/", articles_queues.synonyms_page, name="synonyms"),
    path("desk/knowledge/articles/synonyms/<int:pk>/", articles_queues.synonyms_edit, name="edit-synonyms"),
    path("desk/knowledge/articles/synonyms/<int:pk>/drop/", articles_queues.synonyms_drop, name="drop-synonyms"),
    path("desk/knowledge/articles/<int:pk>/", articles.article_page, name="article"),
    path("desk/knowledge/articles/<int:pk>/edit/", articles_editing.article_edit, name="edit-article"),
    path("desk/knowledge/articles/<int:pk>/compare/", articles.article_compare, name="compare-article"),
    path("desk/knowledge/articles/<int:pk>/feedback/", articles.article_feedback, name="article-feedback"),
    path("desk/knowledge/articles/<int:pk>/files/<uuid:key>/", articles.article_file, name="article-file"),
    path("desk/knowledge/articles/<int:pk>/send-back/", articles_editing.article_send_back, name="send-back-article"),
    path("desk/knowledge/articles/<int:pk>/withdraw/", articles_editing.article_withdraw, name="withdraw-article"),
    path("desk/knowledge/articles/<int:pk>/confirm/", articles_editing.article_confirm, name="confirm-article"),
    path("desk/knowledge/articles/<int:pk>/<slug:key>/", articles_editing.article_act, name="article-act"),
    path("answers/", articles_public.answers, name="answers"),
    path("answers/near/", articles_public.answers_near, name="answers-near"),
    path("answers/<int:pk>/", articles_public.answer, name="answer"),
    path("answers/<int:pk>/files/<uuid:key>/", articles_public.answer_file, name="answer-file"),
    path("answers/<int:pk>/feedback/", articles_public.answer_feedback, name="answer-voice"),
    path("desk/settings/phrases/", replies.phrases_page, name="phrases"),
    path("desk/settings/phrases/new/", replies.new_phrase, name="new-phrase"),
    path("desk/settings/phrases/<int:pk>/", replies.phrase_page, name="phrase"),
]
