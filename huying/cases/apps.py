from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "huying.cases"
    label = "cases"
    verbose_name = "诉求件"

    def ready(self) -> None:
        from huying.cases import flow, joined, menu, notices, review_shown, upper_shown  # noqa: F401 (they register themselves)

        menu.register()
        review_shown.register()
        upper_shown.register()
