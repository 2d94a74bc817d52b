from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "huying.knowledge"
    label = "knowledge"
    verbose_name = "知识"

    def ready(self) -> None:
        from huying.knowledge import menu, tasks  # noqa: F401 (its jobs register themselves)

        menu.register()
