"""Webhooks: who may register them, where they may go (S18), what arrives, and what a dead endpoint costs (R16)."""

import datetime as dt
import hashlib
import hmac
import http.server
import ipaddress
import json
import socket
import threading
import time
from contextlib import contextmanager
from unittest import mock

import pytest
from django.test import SimpleTestCase, TestCase, override_settings
from django.urls import reverse

from zhikong.hub.core import deliveries, webhooks
from zhikong.hub.core.actions import add_webhook, change_webhook, notify, renew_webhook_secret, try_webhook
from zhikong.hub.core.errors import Refused
from zhikong.hub.core.models import Delivery, LedgerEntry, RowChange, User, WebhookEndpoint
from zhikong.hub.testing import NOW, NetworkStory

PUBLIC = "93.184.216.34"
FORBIDDEN = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "169.254.169.254", "169.254.0.1", "100.100.100.200", "224.0.0.1",
    "168.63.129.16", "192.0.0.192", "255.255.255.255", "240.0.0.1", "::1", "::", "fec0::1", "fe80::1", "ff02::1",
    "fd00:ec2::254", "::ffff:127.0.0.1",
    "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "192.0.2.1", "::7f00:1",
]  # fmt: skip
PRIVATE = ["10.0.0.1", "172.16.5.4", "192.168.1.1", "100.64.0.1", "fd12::1", "::ffff:10.0.0.1"]


def resolving(*addresses):
    """The name server answers with these."""
    answer = [ipaddress.ip_address(address) for address in addresses]
    return mock.patch.object(webhooks, "_resolve", return_value=answer)


class Addresses(SimpleTestCase):
    def test_this_machine_and_its_neighbours_are_refused_always(self):
        for private in (False, True):
            for address in FORBIDDEN:
                with self.subTest(address=address, private=private), override_settings(WEBHOOK_PRIVATE=private):
                    self.assertFalse(webhooks.is_allowed(ipaddress.ip_address(address)))

    def test_private_networks_only_where_the_site_says_so(self):
        for address in PRIVATE:
            with self.subTest(address=address):
                self.assertFalse(webhooks.is_allowed(ipaddress.ip_address(address)))
                with override_settings(WEBHOOK_PRIVATE=True):
                    self.assertTrue(webhooks.is_allowed(ipaddress.ip_address(address)))

    def test_public_ones_are_allowed(self):
        for address in (PUBLIC, "2606:2800:220:1:248:1893:25c8:1946"):
            self.assertTrue(webhooks.is_allowed(ipaddress.ip_address(address)))

    def test_spellings_that_hide_an_address_are_resolved_first(self):
        # the resolver turns these into 127.0.0.1 without a network: short, decimal, hexadecimal, octal
        for host in ("127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]", "[::ffff:7f00:1]"):
            with self.subTest(host=host), self.assertRaises(Refused):
                webhooks.check_url(f"http://{host}/")

    def test_names_by_what_they_resolve_to_and_all_of_it(self):
        with resolving(PUBLIC):
            webhooks.check_url("https://notify.example.cn/zhikong")
        for answer in (["127.0.0.1"], [PUBLIC, "127.0.0.1"], ["10.0.0.1"]):
            with self.subTest(answer=answer), resolving(*answer), self.assertRaises(Refused):
                webhooks.check_url("https://notify.example.cn/")

    def test_other_schemes_passwords_and_nonsense(self):
        for url in (
            "file:///etc/passwd", "gopher://example.cn/", "ftp://example.cn/", "http://user:pw@example.cn/", "http://@example.cn/",
            "http://", "example.cn", "http://example.cn:99999/", "http://[::1/", "",
        ):  # fmt: skip
            with self.subTest(url=url), resolving(PUBLIC), self.assertRaises(Refused):
                webhooks.check_url(url)

    def test_unknown_names_and_silent_name_servers(self):
        with mock.patch.object(webhooks, "_resolve", side_effect=OSError("unknown")), self.assertRaises(Refused):
            webhooks.check_url("https://nowhere.example/")
        with (
            mock.patch.object(webhooks, "_resolve", side_effect=lambda *_: time.sleep(3)),
            override_settings(DELIVERY_TIMEOUT_SECONDS=0.2),
            self.assertRaises(Refused),
        ):
            webhooks.check_url("https://silent.example/")


class Register(NetworkStory):
    GIVEN = {"name": "消息平台", "url": "https://notify.example.cn/zhikong"}

    def add(self, part="system_admin", **given):
        return add_webhook(by=self.people[part], at=NOW, **(self.GIVEN | given))

    def test_system_administrator_registers_and_hands_over_the_secret(self):
        client = self.sign_in("system_admin")
        self.assertContains(client.get("/webhooks/"), "还没有登记地址")
        with resolving(PUBLIC):
            page = client.post("/webhooks/add/", self.GIVEN, follow=True)
        endpoint = WebhookEndpoint.objects.get()
        self.assertContains(page, endpoint.secret)
        self.assertIn("no-store", page["Cache-Control"])
        self.assertGreaterEqual(len(endpoint.secret), 43)  # 32 random bytes
        self.assertContains(client.get("/webhooks/"), "notify.example.cn")
        self.assertEqual(LedgerEntry.objects.latest("seq").action, "webhook added")
        self.assertNotIn(endpoint.secret, RowChange.objects.get(table="core_webhookendpoint").new)

    def test_forbidden_addresses_are_refused_on_the_form_and_in_the_action(self):
        client = self.sign_in("system_admin")
        for url in ("http://127.0.0.1/", "http://169.254.169.254/latest/", "http://[::1]/", "http://10.0.0.1/"):
            with self.subTest(url=url):
                self.assertContains(client.post("/webhooks/add/", {"name": "n", "url": url}), "不能发往")
                with self.assertRaises(Refused):
                    self.add(url=url)
        with resolving("192.168.0.9"):
            self.assertContains(client.post("/webhooks/add/", self.GIVEN), "不能发往")
        self.assertFalse(WebhookEndpoint.objects.exists())

    def test_change_switch_off_and_renew(self):
        endpoint = self.add()
        client, url = self.sign_in("system_admin"), reverse("core:webhook", args=[endpoint.pk])
        with resolving("10.0.0.1"):
            self.assertContains(client.post(url, self.GIVEN), "不能发往")
        with resolving(PUBLIC):
            client.post(url, {**self.GIVEN, "name": "新平台"})
        old = endpoint.secret
        endpoint.refresh_from_db()
        self.assertEqual((endpoint.name, endpoint.is_active), ("新平台", False))
        client.post(reverse("core:renew_webhook_secret", args=[endpoint.pk]))
        endpoint.refresh_from_db()
        self.assertNotEqual(endpoint.secret, old)
        page = client.post(reverse("core:try_webhook", args=[endpoint.pk]), follow=True)
        self.assertContains(page, "已停用")

    def test_trying_queues_one_delivery_to_this_endpoint_alone(self):
        endpoint = self.add()
        self.add(name="另一个")
        page = self.sign_in("system_admin").post(reverse("core:try_webhook", args=[endpoint.pk]), follow=True)
        self.assertContains(page, "等待发送")
        self.assertEqual(Delivery.objects.get().endpoint, endpoint)

    def test_names_are_taken_once(self):
        endpoint = self.add()
        with self.assertRaises(Refused):
            self.add()
        change_webhook(endpoint, is_active=True, by=self.people["system_admin"], at=NOW, **self.GIVEN)

    def test_nobody_else(self):
        endpoint = self.add()
        pages = ["/webhooks/", "/webhooks/add/", reverse("core:webhook", args=[endpoint.pk])]
        acts = [reverse(f"core:{name}", args=[endpoint.pk]) for name in ("renew_webhook_secret", "try_webhook")]
        for part in ("province_officer", "outsider", "security_admin", "audit_admin"):
            client = self.sign_in(part)
            with self.subTest(part=part):
                self.assertEqual({client.get(page).status_code for page in pages}, {404})
                self.assertEqual({client.post(page).status_code for page in pages + acts}, {404})
                for act in (renew_webhook_secret, try_webhook):
                    with self.assertRaises(Refused):
                        act(endpoint, by=self.people[part], at=NOW)
                with self.assertRaises(Refused):
                    self.add(part, name="x")
                with self.assertRaises(Refused):
                    change_webhook(endpoint, is_active=False, by=self.people[part], at=NOW, **self.GIVEN)


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.mark.enable_socket
class Arrival(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.reader = User.objects.create_user("reader", None, name="填报员")

    def setUp(self):
        self.at = NOW
        # The receivers of these tests listen on this machine, which is_allowed refuses: the refusal is tested above.
        patch = mock.patch.object(webhooks, "is_allowed", return_value=True)
        patch.start()
        self.addCleanup(patch.stop)

    def endpoint(self, port, host="127.0.0.1", **fields):
        given = {"name": f"n{port}", "url": f"http://{host}:{port}/hook?a=1", "secret": "秘密", "created_at": NOW}
        return WebhookEndpoint.objects.create(**(given | fields))

    def tell(self, times=1):
        for _ in range(times):
            notify([self.reader], kind="reminder", title="请补报", text="内情", url="/jobs/", by=None, at=NOW)

    def send(self):
        return deliveries.send_due(now=lambda: self.at)

    @contextmanager
    def receiver(self, *answers):
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
            server.got, server.answers = [], list(answers)
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            try:
                yield server
            finally:
                server.shutdown()
                thread.join()

    @contextmanager
    def silent(self, drip=b""):
        """A black hole: takes the connection and answers nothing, or one byte now and then, for ever."""
        listener = socket.create_server(("127.0.0.1", 0))
        over, taken = threading.Event(), []

        def listen():
            while not over.is_set():
                try:
                    taken.append(listener.accept()[0])
                except OSError:
                    return

        def drop():
            while drip and not over.wait(0.05):
                for peer in list(taken):
                    try:
                        peer.send(drip)
                    except OSError:
                        peer.close()
                        taken.remove(peer)

        threads = [threading.Thread(target=job, daemon=True) for job in (listen, drop)]
        for thread in threads:
            thread.start()
        try:
            yield listener.getsockname()[1], taken
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            for thread in threads:
                thread.join(5)
            for peer in taken:
                peer.close()

    def test_signed_and_without_the_text(self):
        with self.receiver() as server:
            self.endpoint(server.server_port)
            self.tell()
            self.assertEqual(self.send(), 1)
            ((path, headers, body),) = server.got
        self.assertEqual((path, headers["Host"]), ("/hook?a=1", f"127.0.0.1:{server.server_port}"))
        message = json.loads(body)
        self.assertEqual((message["title"], message["recipient"]), ("请补报", "reader"))
        self.assertEqual(message["url"], "http://localhost:8000/jobs/")
        self.assertNotIn("内情", body.decode())
        stamp = headers["X-Zhikong-Timestamp"]
        self.assertEqual(stamp, str(int(NOW.timestamp())))
        expected = hmac.new("秘密".encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        self.assertEqual(headers["X-Zhikong-Signature"], f"sha256={expected}")
        self.assertEqual(headers["X-Zhikong-Delivery"], str(Delivery.objects.get(state="sent").pk))

    def test_a_repetition_carries_the_same_number(self):
        with self.receiver(500) as server:
            self.endpoint(server.server_port)
            self.tell()
            self.send()
            self.assertEqual(Delivery.objects.get().error, "HTTP 500")
            self.at += dt.timedelta(minutes=1)
            self.send()
            numbers = {headers["X-Zhikong-Delivery"] for _path, headers, _body in server.got}
        self.assertEqual((Delivery.objects.get().state, len(server.got), len(numbers)), ("sent", 2, 1))

    def test_an_answer_that_refuses_one_does_not_hold_up_the_others(self):
        with self.receiver(422) as server:
            self.endpoint(server.server_port)
            self.tell(times=3)
            self.send()
        self.assertEqual(sorted(Delivery.objects.values_list("state", flat=True)), ["sent", "sent", "waiting"])

    @override_settings(
        MAIL_IS_ON=True,
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_TIMEOUT=0.5,
    )
    def test_a_mail_server_that_never_answers_costs_one_time_limit(self):
        User.objects.update(email="reader@example.cn")
        self.reader.refresh_from_db()
        with self.silent() as (hole, taken), override_settings(EMAIL_PORT=hole):
            self.tell(times=60)
            self.assertEqual(taken, [])
            begun = time.monotonic()
            self.assertEqual(self.send(), 60)
            self.assertLess(time.monotonic() - begun, 5)
        self.assertEqual(set(Delivery.objects.values_list("state", "attempts")), {("waiting", 1)})

    def test_redirects_are_not_followed(self):
        for code in (301, 302, 307, 308):
            with self.receiver(code) as server:
                WebhookEndpoint.objects.all().delete()
                self.endpoint(server.server_port)
                self.tell()
                self.send()
                with self.subTest(code=code):
                    self.assertEqual((len(server.got), Delivery.objects.get().error), (1, f"HTTP {code}"))

    def test_checked_again_when_sent_and_connected_to_what_was_checked(self):
        with self.receiver() as server, mock.patch.object(webhooks, "is_allowed", side_effect=_is_public):
            self.endpoint(server.server_port, host="rebinds.example.cn")
            self.tell()
            with resolving("127.0.0.1"):  # public when it was saved, this machine now
                self.send()
            self.assertEqual(server.got, [])
            self.assertIn("not allowed", Delivery.objects.get().error)
            # the name is asked once; its second answer, this machine, is never seen
            answers = [[ipaddress.ip_address(PUBLIC)], [ipaddress.ip_address("127.0.0.1")]]
            with (
                mock.patch.object(webhooks, "_resolve", side_effect=answers) as asked,
                mock.patch.object(webhooks.socket, "create_connection", side_effect=OSError("far away")) as connected,
            ):
                self.at += dt.timedelta(hours=1)
                self.send()
            self.assertEqual((asked.call_count, connected.call_args.args[0][0]), (1, PUBLIC))

    @override_settings(DELIVERY_TIMEOUT_SECONDS=0.5)
    def test_a_black_hole_costs_one_time_limit_and_holds_up_nobody_else(self):
        for drip in (b"", b"H"):
            WebhookEndpoint.objects.all().delete()
            with self.subTest(drip=drip), self.silent(drip) as (hole, taken), self.receiver() as server:
                self.endpoint(hole)
                self.endpoint(server.server_port)
                self.tell(times=60)  # more than a batch
                self.assertEqual(taken, [])  # R16: a page only queues; it never waits for another system
                begun = time.monotonic()
                self.assertEqual(self.send(), 120)
                self.assertLess(time.monotonic() - begun, 5)  # not 60 limits, which are 30 s
                self.assertEqual(len(server.got), 60)
                stuck = Delivery.objects.filter(endpoint__name=f"n{hole}")
                self.assertEqual(set(stuck.values_list("state", "attempts")), {("waiting", 1)})

    def test_endpoint_switched_off_meanwhile(self):
        endpoint = self.endpoint(9)
        self.tell()
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(is_active=False)
        self.send()
        self.assertEqual(Delivery.objects.get().state, "given_up")


_is_public = webhooks.is_allowed
