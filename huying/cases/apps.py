from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "huying.cases"
    label = "cases"
    verbose_name = "诉求件"

    def ready(self) -> None:
        from huying.cases import (  # noqa: F401 (they register themselves)
            answered,
            batches,
            flow,
            forgetting,
            joined,
            knowing,
            menu,
            merging,
            motion_shown,
            notices,
            objections,
            rejections,
            repeats,
            requests,
            retaining,
            review_shown,
            ruled,
            upper_shown,
            withdrawals,
        )
        from huying.cases.metrics.declared import METRICS
        from huying.cases.metrics.sources import SOURCES
        from huying.kernel.registry import MetricGroup, metric_groups, metric_sources, metrics

        menu.register()
        forgetting.register()
        ruled.register()
        metric_sources.declare(*SOURCES)
        metrics.declare(*METRICS)
        metric_groups.declare(MetricGroup(key="cases", label="诉求件", kinds=("case",), order=10))
        review_shown.register()
        upper_shown.register()
        motion_shown.register()
        answered.register()
