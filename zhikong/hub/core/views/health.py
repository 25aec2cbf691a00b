import datetime as dt
import ipaddress
import shutil

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Q
from django.http import Http404, HttpResponse, JsonResponse
from django.utils import timezone
from django_prometheus.exports import ExportToDjangoView

from .. import access
from ..models import Job

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")


@access.public
def healthz(request):
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})


@access.public
def readyz(request):
    """Whether the site can do its work. It names the part that cannot, and nothing else."""
    state = {"database": _database_answers()}
    state["worker"] = state["database"] and _worker_is_awake(timezone.now())
    state["disk"] = shutil.disk_usage(settings.HOME).free >= settings.READY_FREE_MB * 1024 * 1024
    body = {name: "ok" if well else "failing" for name, well in state.items()}
    return JsonResponse(body, status=200 if all(state.values()) else 503, headers={"Cache-Control": "no-store"})


@access.public
def metrics(request):
    """Figures for Prometheus, only for the addresses of ZHIKONG_METRICS_FROM; nothing is here for anybody else."""
    if not _may_read_metrics(request):
        raise Http404
    return ExportToDjangoView(request)


def _may_read_metrics(request):
    # Behind a proxy on the same machine everybody comes from the loopback address: whoever was forwarded is refused.
    if any(request.META.get(name) for name in FORWARDED):
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network) for network in settings.METRICS_FROM)


def _database_answers():
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return cursor.fetchone() == (1,)
    except DatabaseError:
        return False


def _worker_is_awake(now):
    """A worker holds a lease, or no job waits longer than a worker that is awake would let it."""
    if Job.objects.filter(state=Job.State.RUNNING, lease_until__gte=now).exists():
        return True
    since = now - dt.timedelta(seconds=settings.WORKER_PATIENCE_SECONDS)
    waiting = Q(run_after=None, created_at__lt=since) | Q(run_after__lt=since)
    return not Job.objects.filter(waiting, state=Job.State.QUEUED).exists()
