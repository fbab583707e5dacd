# SPDX-License-Identifier: Apache-2.0
"""Bombs through the whole of docmill: each is dead with a reason or done, in time and in memory."""
import gzip
import io
import json
import os
import pathlib
import subprocess
import time
import zipfile
import zlib

import pytest

BIN = pathlib.Path(os.environ.get(
    "DOCMILL_BIN", pathlib.Path(__file__).parents[2] / "build" / "bin"))
SANITIZED = BIN.parent.name != "build"  # slower, and shadow memory makes sizes meaningless
MEMORY_BYTES_MAX = 1 << 30
SECONDS_MAX = 60

RELATIONSHIPS = ('<Relationships><Relationship Id="1" Type="http://x/officeDocument" '
                 'Target="word/document.xml"/></Relationships>')


def docx(main_part, more=()):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("_rels/.rels", RELATIONSHIPS)
        archive.writestr("word/document.xml", main_part)
        for name, text in more:
            archive.writestr(name, text)
    return out.getvalue()


def docx_zip_bomb():
    text = "<w:p><w:r><w:t>" + "A" * (60 << 20) + "</w:t></w:r></w:p>"
    return docx(f"<w:document><w:body>{text}</w:body></w:document>")


def docx_many_entries():
    return docx("<w:document><w:body/></w:document>", [(f"x/{i}", "") for i in range(12_000)])


def docx_billion_laughs():
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    return docx(f'<!DOCTYPE d [{entities}]><w:document><w:body><w:p><w:r><w:t>&a9;</w:t></w:r>'
                "</w:p></w:body></w:document>")


def docx_deep():
    # Noise between the levels: it shall die of its depth, not of its ratio.
    depth = 50_000
    return docx("<w:document><w:body>" + "".join(f"<w:p a='{i * 7919 % 99991}'>"
                for i in range(depth)) + "</w:p>" * depth + "</w:body></w:document>")


def pdf(objects):
    """A PDF of numbered objects, (text or bytes) each, the first being the catalog."""
    out, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + (body.encode() if isinstance(body, str) else body)
        out += b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, start)
    return bytes(out)


def pdf_flate_bomb():
    line = b"BT /F1 12 Tf 10 10 Td (bomb) Tj ET\n"
    packer, packed = zlib.compressobj(9), bytearray()
    for _ in range(300):  # 300 MiB of page content
        packed += packer.compress(line * ((1 << 20) // len(line)))
    packed += packer.flush()
    stream = b"<</Length %d/Filter/FlateDecode>>stream\n" % len(packed) + packed + b"\nendstream"
    return pdf(["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 500 500]/Contents 4 0 R"
                "/Resources<</Font<</F1 5 0 R>>>>>>", stream,
                "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"])


def pdf_million_pages():
    """Six levels of ten references to the same child: a million pages in a few hundred bytes."""
    objects = ["<</Type/Catalog/Pages 2 0 R>>"]
    for level in range(6):
        kids = f"{level + 3} 0 R " * 10
        objects.append(f"<</Type/Pages/Kids[{kids}]/Count {10 ** (6 - level)}>>")
    objects.append("<</Type/Page/Parent 7 0 R/MediaBox[0 0 100 100]>>")
    return pdf(objects)


def html_deep():
    return b"<!DOCTYPE html><title>deep</title><body>" + b"<div>" * 500_000 + b"bottom"


def html_links():
    return (b"<!DOCTYPE html><title>links</title><body><p>" +
            b"".join(b'<a href="/%d">%d</a> ' % (i, i) for i in range(1_000_000)))


def gzip_bomb():
    return gzip.compress(bytes(100 << 20))


def bomb(name, make, *reasons, marks=()):
    """What it may die of; None: it may also be read."""
    return pytest.param(name, make, set(reasons), marks=marks, id=name)


BOMBS = [
    bomb("zip.docx", docx_zip_bomb, "limit_embedded_bytes", "limit_inflate_ratio"),
    bomb("entries.docx", docx_many_entries, "limit_archive_entries"),
    bomb("laughs.docx", docx_billion_laughs, None, "malformed", "no_text"),
    bomb("deep.docx", docx_deep, "limit_xml_depth"),
    bomb("flate.pdf", pdf_flate_bomb, "limit_inflate_ratio"),
    bomb("pages.pdf", pdf_million_pages, "limit_pages", "malformed", "no_text"),
    bomb("deep.html", html_deep, None, "limit_xml_depth"),
    bomb("links.html", html_links, "limit_links"),
    bomb("bytes.gz", gzip_bomb, "unsupported_type", "limit_inflate_ratio"),
]


def parser_peaks(parent, peaks):
    """Notes the peak resident size of every parser process that `parent` started."""
    for status in pathlib.Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines()
                          if ":\t" in line)
        except OSError:  # ended meanwhile
            continue
        if fields.get("PPid") == str(parent) and "VmHWM" in fields:
            size = int(fields["VmHWM"].split()[0]) << 10
            peaks[status.parent.name] = max(size, peaks.get(status.parent.name, 0))


def ingest(folder, data):
    """The report of `docmill ingest`, its seconds and the largest parser's peak."""
    config = data.parent / "config.yaml"
    config.write_text(f"extract:\n  memory_bytes_max: {MEMORY_BYTES_MAX}\n  wall_limit: 20s\n"
                      "processor:\n  attempts_max: 1\n")
    start, peaks = time.monotonic(), {}
    process = subprocess.Popen(
        [BIN / "docmill", "ingest", folder, "--data", data, "--config", config, "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        while process.poll() is None and time.monotonic() - start < SECONDS_MAX:
            parser_peaks(process.pid, peaks)
            time.sleep(0.02)
        assert process.poll() is not None, f"not done after {SECONDS_MAX} s"
    finally:
        process.kill()
        out, err = process.communicate()
    assert process.returncode in (0, 3), err
    return json.loads(out), time.monotonic() - start, max(peaks.values(), default=0)


@pytest.mark.parametrize("name, make, reasons", BOMBS)
def test_bomb(tmp_path, name, make, reasons):
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / name).write_bytes(make())
    (folder / "sound.txt").write_text("A sound document is not harmed by its neighbour.\n")
    report, seconds, peak = ingest(folder, tmp_path / "data")
    print(f"{name}: {report['dead']} in {seconds:.1f} s, parser peak {peak >> 20} MiB")
    dead = {pathlib.Path(row["uri"]).name: row["reason"] for row in report["dead"]}
    assert set(dead) <= {name}
    assert dead.get(name) in reasons
    assert report["done"] + report["partial"] == 2 - len(dead)
    if not SANITIZED:
        assert peak <= MEMORY_BYTES_MAX
