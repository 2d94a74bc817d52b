from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "huying.cases"
    label = "cases"
    verbose_name = "诉求件"

    def ready(self) -> None:
        from huying.cases import (  # noqa: F401 (they register themselves)
            batches,
            flow,
            forgetting,
            joined,
            menu,
            merging,
            notices,
            objections,
            past,
            rejections,
            repeats,
            requests,
            retaining,
            review_shown,
            upper_shown,
            withdrawals,
        )
        from huying.cases.metrics.declared import METRICS
        from huying.cases.metrics.sources import SOURCES
        from huying.kernel.registry import metric_sources, metrics

        menu.register()
        forgetting.register()
        metric_sources.declare(*SOURCES)
        metrics.declare(*METRICS)
        review_shown.register()
        upper_shown.register()
        past.register()
