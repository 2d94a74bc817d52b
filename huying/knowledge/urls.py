"""Addresses of dispatch rules, of the recommender and of the knowledge base."""

from django.urls import URLPattern, path

from huying.knowledge.views import (
    articles,
    articles_editing,
    articles_public,
    articles_queues,
    articles_tables,
    recommender,
    replies,
    rules,
    rules_edit,
    rules_runs,
    rules_tables,
)

app_name = "knowledge"

RULES = "desk/rules/"

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
    # dispatch rules
    path(RULES, rules.rules, name="rules"),
    path(f"{RULES}new/", rules_edit.new_rule, name="new-rule"),
    path(f"{RULES}preview/", rules_edit.preview, name="rule-preview"),
    path(f"{RULES}faults/", rules_runs.rule_faults, name="rule-faults"),
    path(f"{RULES}faults/survey/", rules_runs.survey_rules, name="survey-rules"),
    path(f"{RULES}objections/", rules_runs.rule_objections, name="rule-objections"),
    path(f"{RULES}import/", rules_tables.import_rules, name="import-rules"),
    path(f"{RULES}batches/<slug:name>/", rules_tables.batch, name="rule-batch"),
    path(f"{RULES}batches/<slug:name>/replay/", rules_tables.replay_batch, name="replay-batch"),
    path(f"{RULES}batches/<slug:name>/submit/", rules_tables.submit_batch, name="submit-batch"),
    path(f"{RULES}batches/<slug:name>/approve/", rules_tables.approve_batch, name="approve-batch"),
    path(f"{RULES}runs/<int:pk>/", rules_runs.rule_run, name="rule-run"),
    path(f"{RULES}versions/<int:pk>/edit/", rules_edit.edit_rule, name="edit-rule"),
    path(f"{RULES}versions/<int:pk>/replay/", rules_edit.replay_rule, name="replay-rule"),
    path(f"{RULES}versions/<int:pk>/submit/", rules_edit.submit_rule, name="submit-rule"),
    path(f"{RULES}versions/<int:pk>/judge/", rules_edit.judge_rule, name="judge-rule"),
    path(f"{RULES}versions/<int:pk>/approve/", rules_edit.approve_rule, name="approve-rule"),
    path(f"{RULES}versions/<int:pk>/return/", rules_edit.return_rule, name="return-rule"),
    path(f"{RULES}versions/<int:pk>/drop/", rules_edit.drop_rule, name="drop-rule"),
    path(f"{RULES}versions/<int:pk>/withdraw/", rules_edit.withdraw_rule, name="withdraw-rule"),
    path(f"{RULES}<slug:code>/", rules.rule, name="rule"),
    path(f"{RULES}<slug:code>/change/", rules_edit.change_rule, name="change-rule"),
    # the recommender
    path("desk/recommender/", recommender.versions, name="recommender"),
    path("desk/recommender/train/", recommender.train, name="recommender-train"),
    path("desk/recommender/<int:pk>/", recommender.version_page, name="recommender-version"),
    path("desk/recommender/<int:pk>/activate/", recommender.activate, name="recommender-activate"),
]
