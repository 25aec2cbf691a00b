"""One page of a list, its numbers, and what junk in the address does."""

from django.template.loader import render_to_string
from django.test import RequestFactory, SimpleTestCase

from zhikong.hub.core.listing import page_of


class PageOf(SimpleTestCase):
    def page(self, query="", total=87, **kwargs):
        return page_of(RequestFactory().get(f"/{query}"), list(range(total)), **kwargs)

    def test_first_page(self):
        page = self.page()
        self.assertEqual((page.rows[0], page.rows[-1]), (0, 24))
        self.assertEqual((page.first, page.last, page.total, page.pages), (1, 25, 87, 4))
        self.assertEqual(page.previous_url, "")
        self.assertEqual(page.next_url, "?page=2")

    def test_last_page_is_short(self):
        page = self.page("?page=4")
        self.assertEqual((page.first, page.last, len(page)), (76, 87, 12))
        self.assertEqual(page.next_url, "")

    def test_size_only_from_the_choices(self):
        self.assertEqual(len(self.page("?size=100")), 87)
        self.assertEqual(len(self.page("?size=5000")), 25)
        self.assertEqual(len(self.page("?size=x")), 25)

    def test_junk_page_numbers(self):
        for junk in ["0", "-3", "abc", "", "1.5", "²", "9" * 5000, "%00", "NaN"]:
            with self.subTest(junk=junk[:10]):
                self.assertEqual(self.page(f"?page={junk}").number, 1)
        self.assertEqual(self.page("?page=999999999999").number, 4)
        self.assertEqual(self.page("?page=２").number, 2)

    def test_filters_stay_in_the_links(self):
        page = self.page("?city=4103&city=4113&page=2")
        self.assertEqual(page.next_url, "?city=4103&city=4113&page=3")
        self.assertEqual(page.sizes[1].url, "?city=4103&city=4113&size=100")

    def test_gaps(self):
        page = self.page("?page=10", total=500)
        self.assertEqual([link.number for link in page.links], [1, None, 8, 9, 10, 11, 12, None, 20])

    def test_nothing(self):
        page = self.page(total=0)
        self.assertEqual((page.first, page.last, page.pages, list(page)), (0, 0, 1, []))
        self.assertNotIn("<nav", render_to_string("core/pager.html", {"page": page}))

    def test_second_list_on_a_page(self):
        page = self.page("?page=3&log=2", name="log")
        self.assertEqual(page.number, 2)
        self.assertEqual(page.next_url, "?page=3&log=3")

    def test_total_is_shown(self):
        self.assertIn("共 1,234 条", render_to_string("core/pager.html", {"page": self.page(total=1234)}))
