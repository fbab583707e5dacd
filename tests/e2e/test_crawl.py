# SPDX-License-Identifier: Apache-2.0
"""docmill crawl over sites on loopback: manners, limits, and what it refuses."""
import gzip

import pytest
from local_site import Site, html
from program import Docmill

TEXT = {"Content-Type": "text/plain"}


def crawl(mill, url, *options, code=0, private=True):
    allow = ["--allow-private"] if private else []
    return mill.json("crawl", url, "--delay", "0ms", *allow, *options, code=code)


def why(mill, url):
    (entry,) = mill.lines("crawl", "why", url)
    return entry


@pytest.fixture()
def mill(tmp_path):
    return Docmill(tmp_path / "data", DOCMILL_CRAWLER_ATTEMPTS_MAX="1")


def test_pages_that_robots_disallows_are_not_asked_for(mill):
    pages = {"/robots.txt": (200, TEXT, b"User-agent: *\nDisallow: /closed\n"),
             "/": html("Start", "Words of the start page.", ["/open", "/closed/page"]),
             "/open": html("Open", "Words of the open page."),
             "/closed/page": html("Closed", "Words nobody may read.")}
    with Site(pages) as site:
        report = crawl(mill, site.url + "/")
        assert report["state"] == "done" and report["pages"] == 2
        assert site.paths()[0] == "/robots.txt" and "/closed/page" not in site.paths()
        assert "docmill" in site.requests[0][2]["User-Agent"]
        entry = why(mill, site.url + "/closed/page")
        assert entry["state"] == "skipped" and "robots" in entry["reason"]
        assert entry["referrer"] == site.url + "/"
        entry = why(mill, site.url + "/open")
        assert (entry["state"], entry["status"], entry["depth"]) == ("done", 200, 1)
        assert entry["document"] == mill.documents()[site.url + "/open"][0]
        assert [c["id"] for c in mill.lines("crawl", "status")] == [report["id"]]
        mill.run("crawl", "why", site.url + "/unknown", code=4)


def test_crawl_delay_is_kept(mill):
    pages = {"/robots.txt": (200, TEXT, b"User-agent: *\nCrawl-delay: 1\n"),
             "/": html("Start", "Words of the start page.", ["/second"]),
             "/second": html("Second", "Words of the second page.")}
    with Site(pages) as site:
        assert crawl(mill, site.url + "/")["pages"] == 2
        times = {path: when for path, when, _ in site.requests}
        assert times["/second"] - times["/"] >= 0.99


def test_sitemaps_are_followed(mill):
    with Site() as site:
        site.pages = {
            "/robots.txt": (200, TEXT, f"Sitemap: {site.url}/map.xml\n".encode()),
            "/map.xml": (200, {"Content-Type": "application/xml"},
                         '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/'
                         f'sitemap/0.9"><url><loc>{site.url}/hidden</loc></url></urlset>'.encode()),
            "/": html("Start", "Words of the start page."),
            "/hidden": html("Hidden", "Words that no page links to.")}
        assert crawl(mill, site.url + "/")["pages"] == 2
        assert site.url + "/hidden" in mill.documents()


def test_redirects_are_followed(mill):
    with Site({"/": html("Start", "Words of the start page.", ["/old"]),
               "/old": (301, {"Location": "/new"}, b""),
               "/new": html("New", "Words of the new page.")}) as site:
        crawl(mill, site.url + "/")
        assert set(mill.documents()) == {site.url + "/", site.url + "/new"}


def test_pages_can_be_fetched_now_and_worked_on_later(mill):
    pages = {"/": html("Start", "Words of the start page.", ["/second"]),
             "/second": html("Second", "Words of the second page.")}
    with Site(pages) as site:
        report = crawl(mill, site.url + "/", "--fetch-only")
        assert report["state"] == "done" and report["pages"] == 2
        assert mill.json("status")["documents"]["waiting"] == 2
        crawl(mill, site.url + "/")
    assert mill.json("status")["documents"]["done"] == 2


def test_private_addresses_are_refused(mill):
    with Site({"/": html("Start", "Words of the start page.")}) as site:
        crawl(mill, site.url + "/", "--contact", "https://example.org/bot", private=False)
        assert site.requests == [] and mill.documents() == {}
        assert why(mill, site.url + "/")["state"] in ("failed", "skipped")


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest/meta-data/", "file:///etc/hosts"])
def test_redirects_out_of_the_scope_are_not_followed(mill, target):
    with Site({"/": html("Start", "Words of the start page.", ["/away"]),
               "/away": (302, {"Location": target}, b"")}) as site:
        crawl(mill, site.url + "/")
        assert set(mill.documents()) == {site.url + "/"}
        assert why(mill, site.url + "/away")["state"] in ("failed", "skipped")


def test_redirect_to_another_port_is_another_site(mill):
    with Site({"/": html("Other", "Words of the other site.")}) as other, Site(
            {"/": html("Start", "Words of the start page.", ["/away"])}) as site:
        site.pages["/away"] = (302, {"Location": other.url + "/"}, b"")
        crawl(mill, site.url + "/")
        assert other.requests == [] and set(mill.documents()) == {site.url + "/"}


def test_gzip_bomb_costs_one_url(mill):
    bomb = gzip.compress(b"<p>" + bytes(300 << 20), compresslevel=1)
    headers = {"Content-Type": "text/html", "Content-Encoding": "gzip"}
    with Site({"/": html("Start", "Words of the start page.", ["/bomb"]),
               "/bomb": (200, headers, bomb)}) as site:
        crawl(mill, site.url + "/")
        assert set(mill.documents()) == {site.url + "/"}
        entry = why(mill, site.url + "/bomb")
        assert entry["state"] in ("failed", "skipped") and entry["reason"]


def test_robots_that_fail_close_the_site(tmp_path):
    mill = Docmill(tmp_path / "data", DOCMILL_CRAWLER_ATTEMPTS_MAX="1")
    with Site({"/robots.txt": (503, TEXT, b""), "/": html("Start", "Words.")}) as site:
        report = crawl(mill, site.url + "/")
        assert report["pages"] == 0 and set(site.paths()) == {"/robots.txt"}
