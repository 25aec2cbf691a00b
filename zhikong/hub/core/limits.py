"""Rate limits: so many requests a minute for one person, or for one address where nobody is signed in.

The count lives in Django's cache. With the default cache each server process counts for itself.
"""

import functools
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from . import failures

WINDOW = 60  # seconds


def spent(name: str, whom: str) -> int:
    """Count one request. Returns the seconds to wait, or 0 when it may go on."""
    moment = time.time()
    window = int(moment // WINDOW)
    key = f"rate:{name}:{whom}:{window}"
    cache.add(key, 0, timeout=WINDOW * 2)
    try:
        count = cache.incr(key)
    except ValueError:  # evicted between the two calls
        return 0
    return 0 if count <= settings.RATE_LIMITS[name] else max(1, round((window + 1) * WINDOW - moment))


def rate(name: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Answer 429 with Retry-After beyond `settings.RATE_LIMITS[name]` requests a minute."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @functools.wraps(view)
        def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            user: Any = request.user
            whom = f"user:{user.pk}" if user.is_authenticated else f"address:{request.META.get('REMOTE_ADDR', '')}"
            seconds = spent(name, whom)
            return failures.too_many(request, seconds) if seconds else view(request, *args, **kwargs)

        return limited

    return decorate
