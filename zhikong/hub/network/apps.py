from django.apps import AppConfig


class NetworkConfig(AppConfig):
    name = "zhikong.hub.network"
    label = "network"

    def ready(self) -> None:
        from . import rooms

        rooms.register()
