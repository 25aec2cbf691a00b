"""Error pages: what is safe, how to go on, and for errors of ours a number under which the log holds the trace."""

import logging
import secrets
import sys
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

log = logging.getLogger(__name__)


def failure(
    request: HttpRequest, status: int, title: str, text: str, *, again: bool = False, number: str = ""
) -> HttpResponse:
    """The page for one status. Errors of ours are drawn without the request: its user may need the broken database."""
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        return JsonResponse({"error": title, "text": text, "number": number}, status=status)
    facts = {
        "status": status,
        "title": title,
        "text": text,
        "number": number,
        "again": request.get_full_path() if again and request.method == "GET" else "",
    }
    page = render_to_string("core/error.html", facts, request if status < 500 else None)
    return HttpResponse(page, status=status)


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return failure(
            request,
            413,
            _("内容太大"),
            _("什么都没有存。一次上传的文件不超过 %(limit)d MB；更多的内容请分几次交。")
            % {"limit": settings.UPLOAD_LIMIT // 1024 // 1024},
        )
    return failure(request, 400, _("请求读不懂"), _("地址或表单里有系统读不懂的内容，什么都没有改动。"))


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return failure(request, 403, _("这一步不能办"), _("什么都没有改动。如果您应当能办这件事，请联系安全管理员。"))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return failure(
        request,
        403,
        _("这一页开得太久了"),
        _("为了安全，刚才的操作没有执行，什么都没有改动。请返回上一页，刷新后再提交一次。"),
    )


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return failure(request, 404, _("没有这一页"), _("地址可能写错了，也可能不在您的范围之内。您的数据没有任何变化。"))


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    response = failure(
        request,
        429,
        _("请求太频繁"),
        _("为了不影响别人，请过 %(seconds)d 秒再试。已经保存的内容不受影响。") % {"seconds": seconds},
        again=True,
    )
    response["Retry-After"] = str(seconds)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 when it is the database that does not answer. The trace goes to the log only."""
    error = sys.exc_info()[1]
    number = f"{secrets.token_hex(2).upper()}-{timezone.localtime():%Y%m%d-%H%M}"
    log.error("error %s: %s %s: %s", number, request.method, request.path[:200].encode(), type(error).__name__)
    if isinstance(error, OperationalError | InterfaceError):
        response = failure(
            request,
            503,
            _("数据库暂时连不上"),
            _("已经保存的内容都在。刚才提交的内容如果没有看到结果，就是没有存，稍后再交一次即可。"),
            again=True,
            number=number,
        )
        response["Retry-After"] = str(settings.RETRY_AFTER_OUTAGE)
        return response
    return failure(
        request,
        500,
        _("这一页没打开"),
        _("系统出了错，已经记录。刚才提交的内容要么全部存下，要么一点没存；先看一眼结果，再决定要不要重交。"),
        again=True,
        number=number,
    )
