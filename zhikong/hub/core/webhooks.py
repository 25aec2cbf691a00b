"""Deliveries to other systems: a signed JSON POST to an address that was checked after its name was resolved.

The connection goes to the very address that was checked, so that a name that changes its answer in between gains
nothing. Redirects are not followed, proxies of the environment are not used, and the whole exchange has a deadline.
"""

import hashlib
import hmac
import http.client
import ipaddress
import json
import queue
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from .errors import Refused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Cloud metadata services outside the link-local range: credentials for whoever may ask.
METADATA = {
    ipaddress.ip_address(text)
    for text in ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254")  # Alibaba, Azure, Oracle, Amazon
}
PRIVATE = [
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
]
SITE_LOCAL = ipaddress.ip_network("fec0::/10")  # private in all but name; Python counts it as global
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class DeliveryFailed(Exception):
    """The other system did not take it; the text says why, for the system administrator."""


class NoAnswer(DeliveryFailed):
    """It could not be reached or did not answer in time: the next delivery would only wait in vain."""


def is_allowed(address: Address) -> bool:
    """Whether a delivery may go there: public addresses, and private ones where the site says so."""
    address = _inner(address)
    if address in METADATA:
        return False
    if any(address in network for network in PRIVATE if network.version == address.version):
        return bool(settings.WEBHOOK_PRIVATE)
    if address.version == 6 and address in SITE_LOCAL:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _inner(address: Address) -> Address:
    """The IPv4 address inside a mapped or translated one: ::ffff:127.0.0.1 is loopback too."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1] or address
    return address


def check_spelling(url: str) -> tuple[str, int]:
    """Host and port. Refused unless it is http(s), without a password in it, and not a forbidden address in figures."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise Refused(_("地址写得不对，请检查。")) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Refused(_("地址要以 https:// 或 http:// 开头。"))
    if parts.username is not None or parts.password is not None:
        raise Refused(_("地址中不能带用户名和密码。"))
    with suppress(ValueError):
        _refuse_forbidden(parts.hostname, [ipaddress.ip_address(parts.hostname)])
    return parts.hostname, port


def check_url(url: str) -> None:
    """Refused unless its name resolves now, and to allowed addresses only. Asks the network: never in a transaction."""
    host, port = check_spelling(url)
    try:
        _refuse_forbidden(host, _addresses(host, port))
    except OSError:
        raise Refused(_("查不到 %(host)s 的网络地址，请检查拼写。") % {"host": host}) from None


def _refuse_forbidden(host: str, addresses: list[Address]) -> None:
    if not all(is_allowed(address) for address in addresses):
        raise Refused(
            _("不能发往 %(host)s：本机和链路本地地址一律不可用，内网地址须由部署人员放行（ZHIKONG_WEBHOOK_PRIVATE）。")
            % {"host": host}
        )


def _resolve(host: str, port: int) -> list[Address]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def _addresses(host: str, port: int) -> list[Address]:
    """Resolve with a deadline, which getaddrinfo does not have: a dead name server must not hold a page."""
    answer: queue.Queue[list[Address] | OSError] = queue.Queue()

    def ask() -> None:
        try:
            answer.put(_resolve(host, port))
        except (OSError, UnicodeError) as trouble:  # UnicodeError: a label too long for a name
            answer.put(OSError(str(trouble)))

    threading.Thread(target=ask, daemon=True).start()
    try:
        found = answer.get(timeout=settings.DELIVERY_TIMEOUT_SECONDS)
    except queue.Empty:
        raise TimeoutError("the name server does not answer") from None
    if isinstance(found, OSError):
        raise found
    return found


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """The receiver computes the same over `timestamp`, a full stop and the body, and refuses old timestamps."""
    return "sha256=" + hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def post(url: str, payload: dict[str, Any], *, secret: str, delivery: str, timestamp: int) -> None:
    """Deliver once. DeliveryFailed unless the answer is 2xx."""
    body = json.dumps(payload, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "zhikong",
        "X-Zhikong-Delivery": delivery,  # the same at every attempt, so that the receiver can drop a repetition
        "X-Zhikong-Timestamp": str(timestamp),
        "X-Zhikong-Signature": sign(secret, timestamp, body),
    }
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with _connection(parts.scheme, parts.hostname or "", parts.port) as connection:
            connection.request("POST", path, body=body, headers=headers)
            status = connection.getresponse().status
    except (OSError, http.client.HTTPException, UnicodeError) as trouble:
        raise NoAnswer(f"{type(trouble).__name__}: {trouble}") from None
    if not 200 <= status < 300:
        raise DeliveryFailed(f"HTTP {status}")


@contextmanager
def _connection(scheme: str, host: str, port: int | None) -> Iterator[http.client.HTTPConnection]:
    port = port or (443 if scheme == "https" else 80)
    addresses = _addresses(host, port)
    if not addresses or not all(is_allowed(address) for address in addresses):
        raise NoAnswer(f"{host}: address not allowed")
    timeout = settings.DELIVERY_TIMEOUT_SECONDS
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    connection.default_port = 443 if scheme == "https" else 80  # else the Host header would name the port
    connection.sock = _connect(addresses, port, timeout)
    # The socket's own timeout begins anew with every byte; this one ends the exchange whatever drips in.
    deadline = threading.Timer(timeout, lambda: _cut(connection.sock))
    deadline.start()
    try:
        if scheme == "https":
            connection.sock = ssl.create_default_context().wrap_socket(
                connection.sock, server_hostname=host, do_handshake_on_connect=False
            )
            connection.sock.do_handshake()
        yield connection
    finally:
        deadline.cancel()
        connection.close()


def _connect(addresses: list[Address], port: int, timeout: float) -> socket.socket:
    trouble: OSError | None = None
    for address in addresses:
        try:
            return socket.create_connection((str(address), port), timeout=timeout / len(addresses))
        except OSError as this:
            trouble = this
    raise trouble or OSError("no address")


def _cut(sock: socket.socket | None) -> None:
    with suppress(OSError):
        if sock is not None:
            sock.shutdown(socket.SHUT_RDWR)
