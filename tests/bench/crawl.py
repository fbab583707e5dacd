#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pages a second of `docmill crawl` over a generated site behind nginx, beside wget2 in the same run.

    tests/bench/crawl.py [--pages 5000]      one line of JSON a figure

wget2 fetches and follows links. `docmill crawl --fetch-only` also parses each page in a confined process,
syncs it, and records it with its message; the second figure is until a fifth as many can be found.
"""

import argparse
import json
import os
import pathlib
import random
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCMILL = pathlib.Path(os.environ.get("DOCMILL_BIN", ROOT / "build/bin")) / "docmill"
SEED = 20266
AT_ONCE = 8  # requests, for both
LINKS = 8
TIME_MAX = 300  # seconds of one crawl
NGINX = """daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  types {{ text/html html; text/plain txt; }}
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen 127.0.0.1:{port}; root {folder}/site; }}
}}
"""


def make_site(folder, pages):
    """Every page is reached: page n links to its children LINKS n + 1 … and to random others."""
    rng = random.Random(SEED)
    words = ["".join(rng.choices("abcdefghijklmnoprstuvw", k=rng.randint(3, 9))) for _ in range(3000)]
    folder.mkdir()
    for number in range(pages):
        children = range(LINKS * number + 1, min(LINKS * number + LINKS + 1, pages))
        links = "".join(f'<li><a href="p{n}.html">page {n}</a></li>'
                        for n in [*children, rng.randrange(pages), rng.randrange(pages)])
        text = " ".join(rng.choices(words, k=30))
        name = "index.html" if number == 0 else f"p{number}.html"
        (folder / name).write_text(
            f"<!doctype html><html><head><title>Page {number}</title></head><body><main><h1>Page {number}"
            f"</h1><p>{text}.</p><ul>{links}</ul></main></body></html>")


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def serve(folder):
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port))
    server = subprocess.Popen(["/usr/sbin/nginx", "-c", config, "-e", folder / "error.log"])
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return server, f"http://127.0.0.1:{port}/index.html"
        time.sleep(0.05)
    server.terminate()
    raise SystemExit("crawl: nginx does not answer")


def wget2(url, folder):
    start = time.perf_counter()
    subprocess.run(["wget2", "-q", "-r", "-l", "inf", f"--max-threads={AT_ONCE}", "-P", folder / "wget2", url],
                   check=False)
    taken = time.perf_counter() - start
    return sum(1 for _ in (folder / "wget2").rglob("*.html")) / taken


def docmill(url, data, pages, *options):
    """Pages a second of one whole `docmill crawl`."""
    start = time.perf_counter()
    ended = subprocess.run(
        [DOCMILL, "crawl", url, "--data", data, "--allow-private", "--delay", "0ms", "--per-host",
         str(AT_ONCE), "--depth", "64", "--limit", str(pages), *options, "--json"],
        capture_output=True, text=True, check=False, timeout=TIME_MAX)
    taken = time.perf_counter() - start
    if ended.returncode != 0:
        raise SystemExit(f"crawl: docmill ended with code {ended.returncode}: {ended.stderr[-300:]}")
    crawl = json.loads(ended.stdout.strip().splitlines()[-1])
    if crawl["documents"] != pages:
        raise SystemExit(f"crawl: {crawl['documents']} of {pages} pages were kept")
    return pages / taken


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pages", type=int, default=5000)
    pages = parser.parse_args().pages
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        make_site(folder / "site", pages)
        server, url = serve(folder)
        try:
            rival = wget2(url, folder)
            fetched = docmill(url, folder / "fetched", pages, "--fetch-only")
            indexed = docmill(url, folder / "indexed", pages // 5)
        finally:
            server.terminate()
            server.wait()
    for bench, value in (("crawl_pages_per_second", fetched), ("crawl_to_search_pages_per_second", indexed)):
        ratio = value / rival
        print(json.dumps({
            "bench": bench, "value": round(value, 1), "unit": "pages/s", "against": "wget2 (fetch alone)",
            "against_value": round(rival, 1), "ratio": round(ratio, 3), "goal": None, "met": None}), flush=True)


if __name__ == "__main__":
    main()
