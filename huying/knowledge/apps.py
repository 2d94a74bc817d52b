from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "huying.knowledge"
    label = "knowledge"
    verbose_name = "知识"

    def ready(self) -> None:
        from huying.knowledge import menu, tasks  # noqa: F401 (they register themselves)
        from huying.knowledge.articles import reminders  # noqa: F401 (it registers its messages)

        menu.register()
