# SPDX-License-Identifier: Apache-2.0
"""What comes out of files of each kind, beside another reader of the same bytes."""
import json
import os
import pathlib
import unicodedata
import xml.etree.ElementTree as ElementTree
import zipfile

import docx
import pytest
from program import Docmill

SHARED = pathlib.Path(os.environ.get(
    "DOCMILL_SHARED_DATA", pathlib.Path(__file__).parents[3] / "shared" / "data"))
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
# Parts whose text a reader may see.
PARTS = ("word/document", "word/header", "word/footer", "word/footnotes", "word/endnotes",
         "word/comments")

TEXTS = {
    "utf16le": ("\ufeffZäune und Öfen für € 20\n".encode("utf-16-le"), "Zäune und Öfen für € 20"),
    "utf16be": ("\ufeffZäune und Öfen für € 20\n".encode("utf-16-be"), "Zäune und Öfen für € 20"),
    "windows1252": ("“Günstige Öfen” kosten in der Straße nur 20 € – das müsste für alle "
                    "schönen Häuser reichen.\n".encode("windows-1252"),
                    "“Günstige Öfen” kosten in der Straße nur 20 € – das müsste für alle"),
    "shift_jis": ("これは日本語の文章です。文字コードを正しく判定できるかどうかを確認します。\n"
                  .encode("shift_jis"),
                  "これは日本語の文章です。文字コードを正しく判定できるかどうかを確認します。"),
}


def shown(folder, tmp_path):
    """File name → its document model, of every file in `folder`."""
    mill = Docmill(tmp_path / "data")
    report = mill.json("ingest", folder)
    assert report["dead"] == [] and report["refused"] == []
    return {uri.rsplit("/", 1)[1]: mill.json("show", v[0], "--format", "json")
            for uri, v in mill.documents().items()}


def test_text_files_are_read_in_their_charset(tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    for name, (data, _) in TEXTS.items():
        (folder / f"{name}.txt").write_bytes(data)
    models = shown(folder, tmp_path)
    for name, (_, text) in TEXTS.items():
        assert text in models[f"{name}.txt"]["text"], (name, models[f"{name}.txt"]["charset"])


def letters(text):
    """Characters that show: no blanks, no format characters such as U+2061 in formulas."""
    return sum(not c.isspace() and unicodedata.category(c) != "Cf" for c in text)


def letters_of_xml(path):
    """Characters of every w:t, w:delText and m:t of the parts, by Python's own XML reader."""
    count = 0
    with zipfile.ZipFile(path) as archive:
        for part in archive.namelist():
            if part.startswith(PARTS) and part.endswith(".xml"):
                for node in ElementTree.fromstring(archive.read(part)).iter():
                    if node.tag in (WORD + "t", WORD + "delText", MATH + "t"):
                        count += letters(node.text or "")
    return count


def write_docx(path):
    document = docx.Document()
    document.add_heading("Glue", level=1)
    document.add_paragraph("Bone glue is soaked overnight.", style="List Number")
    table = document.add_table(rows=2, cols=2)
    for i, cell in enumerate(table._cells):
        cell.text = f"cell {i}"
    document.sections[0].header.paragraphs[0].text = "Running head"
    document.save(path)


@pytest.mark.parametrize("source", ["made", "shared"])
def test_every_character_of_a_docx_is_accounted_for(tmp_path, source):
    folder = SHARED / "documents" / "markitdown" / "docx"
    if source == "made":
        folder = tmp_path / "sources"
        folder.mkdir()
        write_docx(folder / "glue.docx")
    elif not folder.is_dir():
        pytest.skip(f"no shared documents at {folder}")
    files = tmp_path / "files"
    files.mkdir()
    for path in folder.glob("*.docx"):
        (files / path.name).write_bytes(path.read_bytes())
    models = shown(files, tmp_path)
    assert models
    for name, model in models.items():
        rows = model["conservation"]
        seen = sum(row["seen"] for row in rows)
        kept = sum(row["body"] + row["furniture"] + row["invisible"] +
                   sum(row.get("dropped", {}).values()) for row in rows)
        assert seen == kept, name
        assert seen == letters_of_xml(files / name), (name, json.dumps(rows))
