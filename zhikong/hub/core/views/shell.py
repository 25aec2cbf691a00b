from django.conf import settings
from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from .. import access, actions, shell
from ..errors import Refused
from ..forms.components import ComponentsForm
from ..listing import Tab, page_of
from ..models import Duty


@access.signed_in
def rooms(request):
    """全部: every room of this person, and what the top line has no place for on a narrow screen."""
    return render(request, "core/rooms.html", {"groups": shell.links_of(request.user, request.path)})


@access.public
@require_POST
def set_language(request):
    """Switch the language; somebody signed in keeps it with the account."""
    language = request.POST.get("language", "")
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = settings.LOGIN_REDIRECT_URL
    if language not in dict(settings.LANGUAGES):
        return redirect(back)
    if request.user.is_authenticated and request.user.language != language:
        try:
            actions.choose_language(request.user, language, by=request.user, at=timezone.now())
        except Refused:
            return redirect(back)
    response: HttpResponseRedirect = redirect(back)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, secure=settings.HTTPS, httponly=True, samesite="Lax"
    )  # until the browser closes: ward computers are shared
    return response


@access.duty(Duty.SYSTEM)
def components(request):
    """The parts of which every page is made, for those who build pages."""
    return render(
        request,
        "core/components.html",
        {
            "page": page_of(request, list(range(1, 88))),
            "tabs": [Tab(_("内容"), "#buttons", current=True), Tab(_("历史"), "#tables", count=4)],
            "tabs_label": _("目录"),
            "statuses": [
                {"kind": "good", "icon": "ok", "word": _("在控")},
                {"kind": "warn", "icon": "warn", "word": _("警告")},
                {"kind": "bad", "icon": "late", "word": _("逾期")},
                {"kind": "signal", "icon": "up", "word": _("变差")},
                {"kind": "", "icon": "dash", "word": _("不适用")},
            ],
            "notes": [
                {"classes": "", "icon": "doc", "text": _("提示条只在原处解释或警告，不弹出、不自动消失。")},
                {"classes": "note-good", "icon": "ok", "text": _("已存，备案期限 2026-12-22。")},
                {"classes": "note-warn", "icon": "warn", "text": _("别人 14:29 存过一次，下面两处不同。")},
                {"classes": "note-bad", "icon": "reject", "text": _("还有两处要改，已填的内容都在。")},
            ],
            "form": ComponentsForm({"code": "", "reason": _("补录")}),
            "blank_title": _("本季还没有上报"),
            "blank_text": _("下载模板填好再传上来，或直接在网页填。"),
            "blank_label": _("下载模板"),
        },
    )
