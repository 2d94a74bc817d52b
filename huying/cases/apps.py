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
            repeats,
            retaining,
        )

        menu.register()
        forgetting.register()
