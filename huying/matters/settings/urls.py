"""Addresses of this room's settings."""

from django.urls import URLPattern, path

from huying.matters.settings import (
    break_glass,
    categories,
    channels,
    forgetting,
    limits,
    regimes,
    templates,
    undelivered,
    words,
)

settings_urls: list[URLPattern] = [
    path("desk/settings/break-glass/", break_glass.break_glass_page, name="break-glass"),
    path("desk/settings/forget/", forgetting.forget_page, name="forget"),
    path("desk/settings/limits/", limits.limits_page, name="limits"),
    path("desk/settings/limits/new/", limits.new_limit, name="new-limit"),
    path("desk/settings/limits/try/", limits.try_limits, name="try-limits"),
    path("desk/settings/limits/<int:pk>/", limits.limit_page, name="limit"),
    path("desk/settings/limits/<int:pk>/remove/", limits.remove_limit, name="remove-limit"),
    path("desk/settings/regimes/", regimes.regimes_page, name="regimes"),
    path("desk/settings/regimes/start/", regimes.start_regime, name="start-regime"),
    path("desk/settings/regimes/<int:pk>/end/", regimes.end_regime, name="end-regime"),
    path("desk/settings/regimes/rhythms/new/", regimes.new_rhythm, name="new-regime-rhythm"),
    path("desk/settings/regimes/rhythms/<int:pk>/remove/", regimes.remove_rhythm, name="remove-regime-rhythm"),
    path("desk/regimes/<int:pk>/", regimes.regime_page, name="regime"),
    path("desk/regimes/<int:pk>/confirm/", regimes.confirm_regime, name="confirm-regime"),
    path("desk/settings/categories/", categories.categories_page, name="categories"),
    path("desk/settings/categories/new/", categories.new_category, name="new-category"),
    path("desk/settings/categories/<str:key>/", categories.category_page, name="category"),
    path("desk/settings/categories/<str:key>/switch/", categories.switch_category, name="switch-category"),
    path("desk/settings/channels/", channels.channels_page, name="channels"),
    path("desk/settings/channels/new/", channels.new_channel, name="new-channel"),
    path("desk/settings/channels/<str:key>/", channels.channel_page, name="channel"),
    path("desk/settings/words/", words.words_page, name="words"),
    path("desk/settings/words/new/", words.new_word, name="new-word"),
    path("desk/settings/words/try/", words.try_words, name="try-words"),
    path("desk/settings/words/<int:pk>/", words.word_page, name="word"),
    path("desk/settings/undelivered/", undelivered.undelivered_page, name="undelivered"),
    path("desk/settings/undelivered/<int:pk>/<slug:key>/", undelivered.decide_page, name="decide-delivery"),
    path("desk/settings/templates/", templates.templates_page, name="message-templates"),
    path("desk/settings/templates/<str:key>/", templates.template_page, name="message-template"),
    path("desk/settings/templates/<str:key>/preview/", templates.template_preview, name="message-template-preview"),
    path("desk/settings/templates/<str:key>/restore/", templates.restore_template, name="restore-message-template"),
]
