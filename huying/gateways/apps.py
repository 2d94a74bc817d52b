from django.apps import AppConfig


class GatewaysConfig(AppConfig):
    name = "huying.gateways"
    label = "gateways"
    verbose_name = "外部系统"

    def ready(self) -> None:
        from huying.gateways import menu
        from huying.gateways.sms import health  # noqa: F401 (it registers itself)

        menu.register()
