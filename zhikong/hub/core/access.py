"""Default deny. Every view says who may open it; a view that says nothing opens for nobody.

    @access.public
    @access.signed_in
    @access.duty(Duty.AUDIT)

Areas add their own kinds by subclassing Access (network: `roles.requires`). What may be seen inside is the matter of
`visible_to`. A refusal looks like an absent page (404), so that it says nothing about what exists.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from . import audit
from .models import Duty

View = TypeVar("View", bound=Callable[..., Any])


class Access:
    """Who may open a view. Used as a decorator; `allows` is asked by the middleware at every request."""

    needs_sign_in = True

    def __call__(self, view: View) -> View:
        view.access = self  # type: ignore[attr-defined]
        return view

    def allows(self, user: Any) -> bool:
        raise NotImplementedError


class Public(Access):
    needs_sign_in = False

    def allows(self, user: Any) -> bool:
        return True


class SignedIn(Access):
    def allows(self, user: Any) -> bool:
        return True


class Nobody(Access):
    """An address that a library needs to name, and that is open to nobody."""

    needs_sign_in = False

    def allows(self, user: Any) -> bool:
        return False


class HasDuty(Access):
    def __init__(self, *duties: Duty) -> None:
        self.duties = frozenset(duties)

    def allows(self, user: Any) -> bool:
        return user.duty in self.duties


public = Public()
signed_in = SignedIn()
nobody = Nobody()
duty = HasDuty

# Views of libraries, by URL name: they cannot be decorated where they stand.
_declared: dict[str, Access] = {}


def declare(kind: Access, *url_names: str) -> None:
    for name in url_names:
        _declared[name] = kind


def of_view(view: Any, url_name: str | None) -> Access | None:
    """The access of a resolved view, or None where nobody declared one."""
    found = getattr(view, "access", None) or getattr(getattr(view, "view_class", None), "access", None)
    return found or _declared.get(url_name or "")


class DefaultDeny:
    """Middleware: no declared access, no page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with audit.origin("api" if request.path.startswith("/api/") else "web"):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        kind = of_view(view, match.view_name if match else None)
        if kind is None:
            raise Http404
        user: Any = request.user
        if kind.needs_sign_in and not user.is_authenticated:
            if request.path.startswith("/api/"):
                return JsonResponse({"detail": _("请先登录。")}, status=401)
            if request.headers.get("HX-Request"):
                # htmx would paint the sign-in page into the fragment; this makes it leave the page instead.
                return HttpResponse(status=401, headers={"HX-Refresh": "true"})
            return redirect_to_login(request.get_full_path())
        if not kind.allows(user):
            raise Http404
        return None
