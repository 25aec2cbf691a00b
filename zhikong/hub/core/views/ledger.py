from django.apps import apps
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import render

from .. import access
from .. import history as histories


def visible_record(user, label, pk):
    """The ledgered record of this name and key, if the user may see it; else 404."""
    try:
        model = apps.get_model(label)
        record = getattr(model, "ledgered", False) and model.objects.visible_to(user).filter(pk=pk).first()
    except (LookupError, ValueError, ValidationError, OverflowError):
        record = None
    if not record:
        raise Http404
    return record


@access.signed_in
def history(request, label, pk):
    """Every entry about one record and its parts, newest first."""
    record = visible_record(request.user, label, pk)
    return render(
        request,
        "core/history.html",
        {
            "record": record,
            "record_kind": record._meta.verbose_name,
            "record_url": record.get_absolute_url() if hasattr(record, "get_absolute_url") else "",
            "history": histories.of(record, request),
        },
    )
