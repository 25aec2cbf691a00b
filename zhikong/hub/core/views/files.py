from django.http import Http404

from .. import access, files
from ..models import StoredFile


@access.signed_in
def file(request, file_id):
    """The bytes of one file, for whoever may open it; absent for everybody else."""
    stored = StoredFile.objects.filter(pk=file_id).first()
    if stored is None or not stored.may_be_opened_by(request.user):
        raise Http404
    try:
        return files.attachment(stored.content.open("rb"), stored.name)
    except FileNotFoundError as error:
        raise Http404 from error
