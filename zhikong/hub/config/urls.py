"""Every address of the site, area by area."""

from django.conf import settings
from django.urls import include, path

from zhikong.hub.network.api import api

if settings.DEMO:
    import zhikong.hub.demo  # noqa: F401  what it did has words in the ledger

urlpatterns = [
    path("account/", include("zhikong.hub.core.signin_urls")),
    path("", include("zhikong.hub.core.urls")),
    path("", include("zhikong.hub.network.urls")),
    path("api/", api.urls),
]

handler400 = "zhikong.hub.core.failures.bad_request"
handler403 = "zhikong.hub.core.failures.forbidden"
handler404 = "zhikong.hub.core.failures.not_found"
handler500 = "zhikong.hub.core.failures.server_error"
