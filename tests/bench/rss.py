#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Resident memory of `docmill ingest` over 10,000 small documents: it must not grow with their number.

    tests/bench/rss.py [--documents N]      one line of JSON a figure

Markdown, HTML, text and a few DOCX and PDF files of one short chunk each, so that it is documents that count and not
their text. The median of the main process and of the parser processes together over the second tenth of the
documents, when all is warm, beside the median over the last tenth. Anonymous memory is what docmill holds; the
resident set has mapped files in it too.
"""

import argparse
import collections
import contextlib
import json
import os
import pathlib
import random
import sqlite3
import statistics
import subprocess
import tempfile
import time
import zipfile

from figures import figure

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("DOCMILL_BIN", ROOT / "build/bin"))
SEED = 20268
DOCUMENTS = 10_000
FLAT = 1.05  # of the warm size, at most
SAMPLE_EVERY_SECONDS = 0.25
END_SECONDS = 2  # from the last document's end to the end of the program
WORDS = "harbour crane pump lamp clover tide mill quay glue bone oil rope sail keel mast anchor buoy chart".split()
DOCX_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>')
DOCX_RELATIONSHIPS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>')
DOCX_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def write_docx(path, text):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", DOCX_TYPES)
        archive.writestr("_rels/.rels", DOCX_RELATIONSHIPS)
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{DOCX_NAMESPACE}"><w:body><w:p><w:r><w:t>{text}'
                         "</w:t></w:r></w:p></w:body></w:document>")


def write_pdf(path, text):
    """One page with one line, offsets right."""
    stream = f"BT /F1 9 Tf 40 700 Td ({text}) Tj ET"
    objects = ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
               "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
               f"<</Length {len(stream)}>>stream\n{stream}\nendstream",
               "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    out, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj{body}endobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    path.write_text(f"{out}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer<</Root 1 0 R/Size "
                    f"{len(objects) + 1}>>\nstartxref\n{len(out)}\n%%EOF\n")


def write_documents(folder, count):
    rng = random.Random(SEED)
    for i in range(count):
        text = f"Note {i}: " + " ".join(rng.choice(WORDS) for _ in range(12)) + "."
        place = folder / f"{i // 1000:03d}"
        place.mkdir(exist_ok=True)
        kind = i % 20
        if kind == 0:
            write_docx(place / f"{i}.docx", text)
        elif kind == 1:
            write_pdf(place / f"{i}.pdf", text)
        elif kind < 8:
            (place / f"{i}.html").write_text(f"<!doctype html><title>Note {i}</title><main><p>{text}</main>")
        elif kind < 14:
            (place / f"{i}.md").write_text(f"# Note {i}\n\n{text}\n")
        else:
            (place / f"{i}.txt").write_text(text + "\n")


def memory_of(process):
    """(resident, anonymous) bytes; nothing once the process has ended."""
    with contextlib.suppress(OSError):
        rows = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines())
        if "VmRSS" in rows:
            return tuple(int(rows[name].split()[0]) * 1024 for name in ("VmRSS", "RssAnon"))
    return (0, 0)


def children_of(process):
    children = []
    for tasks in pathlib.Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            children += tasks.read_text().split()
    return children


def done_in(data):
    """Documents that wait no more and are not in work."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(
            sqlite3.connect(f"file:{data}/docmill.db?mode=ro", uri=True, timeout=1)) as database:
        return database.execute("SELECT COUNT(*) FROM documents WHERE state NOT IN (0, 1)").fetchone()[0]
    return 0


def watch(process, data):
    """Rows of (documents done, figures by name) while the process lives."""
    rows = []
    while process.poll() is None:
        time.sleep(SAMPLE_EVERY_SECONDS)
        main = memory_of(process.pid)
        workers = [memory_of(child) for child in children_of(process.pid)]
        rows.append((done_in(data), {
            "main_resident": main[0], "main_anonymous": main[1], "workers_resident": sum(w[0] for w in workers),
            "workers_anonymous": sum(w[1] for w in workers)}))
    return rows


def medians(rows, first, last):
    columns = collections.defaultdict(list)
    for done, row in rows:
        if first <= done < last:
            for name, size in row.items():
                columns[name].append(size)
    return {name: statistics.median(sizes) for name, sizes in columns.items()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=DOCUMENTS)
    parser.add_argument("--trace", type=pathlib.Path, help="file for every sample, one line of JSON each")
    options = parser.parse_args()
    count = options.documents
    with tempfile.TemporaryDirectory() as scratch:
        folder, data = pathlib.Path(scratch, "documents"), pathlib.Path(scratch, "data")
        folder.mkdir()
        write_documents(folder, count)
        command = [BIN / "docmill", "ingest", folder, "--data", data, "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            rows = watch(process, data)
            summary = json.loads(process.stdout.read().strip().splitlines()[-1])
    if options.trace:
        options.trace.write_text("".join(json.dumps([done, row]) + "\n" for done, row in rows))
    if summary["done"] != count:
        raise SystemExit(f"rss: {summary['done']} of {count} documents are done")
    warm, end = medians(rows, count // 5, 3 * count // 10), medians(rows, count - count // 10, count)
    for name, size in end.items():
        figure(f"rss_{name}", size / 2**20, "MiB", "when warm", warm[name] / 2**20, FLAT, lower_is_better=True)
    figure("rss_documents", count / summary["seconds"], "documents/s", "", 0, None)
    waited = SAMPLE_EVERY_SECONDS * sum(done == count for done, row in rows if row["main_resident"])
    figure("rss_end_after_last_document", waited, "s", "limit", END_SECONDS, 1.0, lower_is_better=True)


if __name__ == "__main__":
    main()
