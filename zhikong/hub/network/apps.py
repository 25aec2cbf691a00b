from django.apps import AppConfig


class NetworkConfig(AppConfig):
    name = "zhikong.hub.network"
    label = "network"

    def ready(self) -> None:
        from . import rooms, search

        rooms.register()
        search.register()
