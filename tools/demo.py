# SPDX-License-Identifier: Apache-2.0
"""The demonstration: crawl a manual, take in a folder of files, ask three questions, serve.

Input is documentation of Debian packages, fetched as packages and unpacked beside the build, never
installed: the PostgreSQL manual (over 1,000 HTML pages) is served on loopback and crawled; PDF, HTML
and Markdown files of other packages, and DOCX files made from one of them, are the folder.
"""

import argparse
import functools
import gzip
import http.server
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INPUT = ROOT / ".deps/demo"
DOCMILL = ROOT / "build/bin/docmill"
PACKAGES = ["postgresql-doc-15", "debian-policy", "debian-reference-en", "developers-reference",
            "nodejs-doc"]
PAGES = 520
QUESTIONS = [
    "How do I limit the number of connections a PostgreSQL role can make?",
    "Which directory does the Filesystem Hierarchy Standard reserve for temporary files that "
    "survive a reboot?",
    "How do I compute a hash digest of a file in Node.js?",
]


def step(text):
    print(f"\n== {text}", flush=True)


def unpack_packages():
    """The packages' files below .deps/demo/root, downloaded once."""
    if (INPUT / "complete").exists():
        return
    step("fetching documentation packages: " + " ".join(PACKAGES))
    shutil.rmtree(INPUT, ignore_errors=True)
    INPUT.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["apt-get", "download", "-qq", *PACKAGES], cwd=folder, check=True,
                       stderr=subprocess.DEVNULL)
        for package in Path(folder).glob("*.deb"):
            subprocess.run(["dpkg", "-x", package, INPUT / "root"], check=True)
    make_folder(INPUT / "root/usr/share", INPUT / "folder")
    (INPUT / "complete").touch()


def make_folder(share, folder):
    """At least 50 files of four kinds, as somebody's shared folder would hold them."""
    for kind in ("pdf", "docx", "html", "markdown"):
        (folder / kind).mkdir(parents=True)
    for pdf in [*share.rglob("*.pdf"), *share.rglob("*.pdf.gz")]:
        opened = gzip.open(pdf) if pdf.suffix == ".gz" else pdf.open("rb")
        with opened as source, open(folder / "pdf" / pdf.name.removesuffix(".gz"), "wb") as target:
            shutil.copyfileobj(source, target)
    for page in sorted((share / "doc/debian-policy/policy.html").glob("*.html"))[:20]:
        shutil.copy(page, folder / "html" / page.name)
    markdown = [p for p in share.rglob("*") if p.name.endswith((".md", ".md.gz")) and p.is_file()]
    # Small ones, so that the demonstration stays under three minutes, and the one a question is about.
    small = [p for p in markdown if p.stat().st_size < 12_000 or p.name.startswith("crypto.md")]
    for page in sorted(small, key=lambda p: p.name)[:30]:
        data = gzip.decompress(page.read_bytes()) if page.suffix == ".gz" else page.read_bytes()
        (folder / "markdown" / page.name.removesuffix(".gz")).write_bytes(data)
    for page in sorted((share / "debian-reference").glob("ch*.en.html"))[:8]:
        make_docx(page, folder / "docx" / (page.name.removesuffix(".en.html") + ".docx"))


def make_docx(page, target):
    """A chapter of the Debian Reference as a Word file: headings, paragraphs, lists, tables."""
    import docx
    from lxml import html

    document = docx.Document()
    for node in html.parse(str(page)).getroot().iter("h1", "h2", "h3", "p", "li", "table"):
        text = " ".join(node.text_content().split())
        if not text:
            continue
        if node.tag in ("h1", "h2", "h3"):
            document.add_heading(text, level=int(node.tag[1]))
        elif node.tag == "table":
            rows = [[" ".join(c.text_content().split()) for c in row.iter("td", "th")]
                    for row in node.iter("tr")]
            width = max((len(row) for row in rows), default=0)
            if 0 < width < 12:
                table = document.add_table(rows=len(rows), cols=width)
                for row, cells in zip(rows, table.rows):
                    for text, cell in zip(row, cells.cells):
                        cell.text = text
        elif not any(parent.tag in ("table", "li") for parent in node.iterancestors()):
            document.add_paragraph(text, style="List Bullet" if node.tag == "li" else None)
    document.save(str(target))


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass


def serve(folder):
    handler = functools.partial(QuietHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def docmill(*arguments, data):
    command = [str(DOCMILL), *arguments, "--data", str(data)]
    print("$ docmill " + " ".join(a if " " not in a else f'"{a}"' for a in arguments), flush=True)
    code = subprocess.run(command).returncode
    if code not in (0, 3):  # 3: some documents are dead, and the summary says why
        sys.exit(f"demo: docmill {arguments[0]} failed with exit code {code}")


def run_server(data):
    server = subprocess.Popen([str(DOCMILL), "up", "--listen", "127.0.0.1:8080", "--data",
                               str(data)])
    try:
        time.sleep(1.5)
        print("\nAsk it yourself:\n  curl http://127.0.0.1:8080/v1/chat/completions -H "
              "'content-type: application/json' -d '"
              + json.dumps({"model": "docmill/ask",
                            "messages": [{"role": "user", "content": QUESTIONS[0]}]})
              + "'\nCtrl-C stops the server.", flush=True)
        server.wait()
    except KeyboardInterrupt:
        server.terminate()
        server.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--once", action="store_true", help="end instead of serving")
    parser.add_argument("--data", help="data folder (default: a new one)")
    options = parser.parse_args()
    unpack_packages()
    start = time.monotonic()
    data = Path(options.data or tempfile.mkdtemp(prefix="docmill-demo-"))
    site = serve(INPUT / "root/usr/share/doc/postgresql-doc-15/html")
    step(f"crawling {PAGES} pages of the PostgreSQL manual")
    docmill("crawl", f"http://127.0.0.1:{site.server_port}/index.html", "--allow-private",
            "--delay", "0ms", "--per-host", "4", "--depth", "10", "--limit", str(PAGES), data=data)
    site.shutdown()
    files = sum(1 for f in (INPUT / "folder").rglob("*") if f.is_file())
    step(f"taking in a folder of {files} PDF, DOCX, HTML and Markdown files")
    docmill("ingest", str(INPUT / "folder"), data=data)
    docmill("status", data=data)
    for question in QUESTIONS:
        step(question)
        docmill("ask", question, data=data)
    step(f"done in {time.monotonic() - start:.0f} s; everything is in {data}")
    if not options.once:
        run_server(data)


if __name__ == "__main__":
    main()
