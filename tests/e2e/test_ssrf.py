# SPDX-License-Identifier: Apache-2.0
"""A crawl without --allow-private reaches no address that is not public, however it is written."""
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from local_site import Site, html  # noqa: E402
from program import Docmill  # noqa: E402

PUBLIC = "9.9.9.9"  # an address of loopback inside a network namespace of the test's own
CONTACT = "https://example.org/bot"
HOSTS = ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "017700000001", "0x7f.0.0.1",
         "127.0.0.1.", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
         "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fd00::1]",
         "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "169.254.169.254", "224.0.0.1",
         "%31%32%37.0.0.1", "\uff11\uff12\uff17.0.0.1"]


def refused_entry(mill, url):
    (entry,) = mill.lines("crawl", "why", url)
    assert (entry["state"], entry["reason"]) == ("failed", "private_address"), entry
    assert entry["document"] in ("", None), entry
    return entry


def test_private_addresses_are_refused_in_every_spelling(tmp_path):
    mill = Docmill(tmp_path / "data", DOCMILL_CRAWLER_ATTEMPTS_MAX="1")
    with Site({"/": html("Inside", "Words of the inside.")}) as site:
        urls = [f"http://{host}:{site.port}/" for host in HOSTS]
        mill.run("crawl", *urls, "--delay", "0ms", "--contact", CONTACT)
        assert site.requests == [] and mill.documents() == {}
        for url in urls:
            refused_entry(mill, url)
        assert "private_address" in mill.run("crawl", "why", urls[0])
        assert "private_address" in mill.run("crawl", "status")


def crawl_from_a_public_site(folder):
    """Inside the namespace: links, redirects and robots.txt of a public site that point inside."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "address", "add", PUBLIC + "/32", "dev", "lo"], check=True)
    mill = Docmill(folder, DOCMILL_CRAWLER_ATTEMPTS_MAX="1")
    inside = {"/robots.txt": (200, {"Content-Type": "text/plain"}, b""),
              "/": html("Inside", "Words of the inside.")}
    with Site(inside) as secret, Site(address=PUBLIC) as site, Site(address=PUBLIC) as rules:
        away = {"/decimal": f"http://2130706433:{secret.port}/",
                "/name": f"http://localhost:{secret.port}/",
                "/mapped": f"http://[::ffff:127.0.0.1]:{secret.port}/"}
        site.pages = {path: (302, {"Location": target}, b"") for path, target in away.items()}
        site.pages["/"] = html("Start", "Words of the start page.", [*away, secret.url + "/linked"])
        rules.pages = {"/robots.txt": (302, {"Location": secret.url + "/robots.txt"}, b""),
                       "/": html("Rules", "Words nobody may read.")}
        mill.run("crawl", site.url + "/", rules.url + "/", "--scope", "any", "--delay", "0ms",
                 "--contact", CONTACT)
        assert set(mill.documents()) == {site.url + "/"}, mill.documents()
        assert secret.requests == [] and rules.paths() == ["/robots.txt"]
        for path, target in away.items():
            assert path in site.paths()
            (entry,) = mill.lines("crawl", "why", site.url + path)
            assert (entry["state"], entry["reason"]) == ("skipped", "redirect"), entry
            refused_entry(mill, target)
        refused_entry(mill, secret.url + "/linked")
        refused_entry(mill, rules.url + "/")


def test_a_public_site_leads_to_no_private_address(tmp_path):
    apart = ["unshare", "--user", "--map-root-user", "--net"]
    can = subprocess.run([*apart, "ip", "link", "set", "lo", "up"], capture_output=True, check=False)
    if can.returncode != 0:
        pytest.skip("no network namespaces here")
    done = subprocess.run([*apart, sys.executable, __file__, str(tmp_path / "data")],
                          capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


if __name__ == "__main__":
    crawl_from_a_public_site(sys.argv[1])
