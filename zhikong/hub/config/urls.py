"""Every address of the site, area by area."""

from django.urls import include, path

urlpatterns = [
    path("account/", include("allauth.urls")),
    path("", include("zhikong.hub.core.urls")),
    path("", include("zhikong.hub.network.urls")),
]
