from django.conf import settings
from django.shortcuts import redirect, render

from .. import access, limits
from .. import search as index


@access.signed_in
@limits.rate("search")
def search(request):
    """What this person may see under these words; a whole code goes straight to its page."""
    text = index.cleaned(request.GET.get("q", ""))
    kinds = index.kinds_for(request.user)
    if text:
        exact = [url for kind in kinds if (url := kind.exact(request.user, text))]
        if len(exact) == 1:
            return redirect(exact[0])
    groups = [kind.find(request.user, text, settings.SEARCH_SHOWN) for kind in kinds] if text else []
    return render(
        request,
        "core/search.html",
        {
            "text": text,
            "search_text": text,
            "groups": [group for group in groups if group.total],
            "total": sum(group.total for group in groups),
            "kinds": kinds,
        },
    )
