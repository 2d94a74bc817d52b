"""Addresses of dispatch rules, of the recommender and of the knowledge base."""

from django.urls import URLPattern, path

from huying.knowledge.views import rules, rules_edit, rules_runs, rules_tables

app_name = "knowledge"

RULES = "desk/rules/"

urlpatterns: list[URLPattern] = [
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
    path(f"{RULES}<str:code>/", rules.rule, name="rule"),
    path(f"{RULES}<str:code>/change/", rules_edit.change_rule, name="change-rule"),
]
