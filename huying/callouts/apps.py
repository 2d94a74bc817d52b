from django.apps import AppConfig


class CalloutsConfig(AppConfig):
    name = "huying.callouts"
    label = "callouts"
    verbose_name = "民呼我应"

    def ready(self) -> None:
        from huying.callouts import flow, forgetting, menu, notices, panel, receiving, resources, responses  # noqa: F401
        from huying.callouts.metrics.declared import GROUP, METRICS
        from huying.callouts.metrics.sources import SOURCES
        from huying.callouts.stars import menu as stars_menu
        from huying.callouts.stars import shown as stars_shown
        from huying.kernel.registry import metric_groups, metric_sources, metrics

        menu.register()
        resources.register()
        stars_menu.register()
        stars_shown.register()
        metric_sources.declare(*SOURCES)
        metrics.declare(*METRICS)
        metric_groups.declare(GROUP)
