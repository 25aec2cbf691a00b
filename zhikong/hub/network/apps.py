from django.apps import AppConfig


class NetworkConfig(AppConfig):
    name = "zhikong.hub.network"
    label = "network"

    def ready(self) -> None:
        from . import first_steps, imports, rooms, search

        imports.register()
        rooms.register()
        search.register()
        first_steps.register()
