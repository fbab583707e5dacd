# SPDX-License-Identifier: Apache-2.0
"""The command line over a small folder of every format."""
import json
import re

import docx
import pytest
from program import Docmill
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen import canvas

FACTS = {
    "pump.md": "The coolant pump of the harbour crane must be greased every forty hours.",
    "lamp.html": "The lighthouse lamp burns rapeseed oil and turns once in nine seconds.",
    "bees.txt": "Bumblebees visit red clover because their tongues are long enough for it.",
    "glue.docx": "Bone glue is soaked overnight and warmed to sixty degrees before use.",
    "tide.pdf": "The spring tide at the old mill rises four metres above the quay wall.",
}
STATUS_KEYS = {"done", "partial", "dead", "waiting", "running"}


def write_pdf(path, *lines, **options):
    page = canvas.Canvas(str(path), **options)
    for i, line in enumerate(lines):
        page.drawString(72, 760 - 20 * i, line)
    page.save()


def write_sources(folder):
    folder.mkdir()
    (folder / "pump.md").write_text(f"# Pump care\n\n{FACTS['pump.md']}\n")
    (folder / "lamp.html").write_text(
        "<!doctype html><html lang=en><head><title>Lamp</title></head><body><nav><a href=/x>Menu"
        f"</a></nav><main><h1>The lamp</h1><p>{FACTS['lamp.html']}</p></main></body></html>")
    (folder / "bees.txt").write_text(FACTS["bees.txt"] + "\n")
    document = docx.Document()
    document.add_heading("Glue", level=1)
    document.add_paragraph(FACTS["glue.docx"])
    document.save(folder / "glue.docx")
    write_pdf(folder / "tide.pdf", "Tides", FACTS["tide.pdf"], invariant=1)


def test_ingest_tells_what_its_stages_took(sources, tmp_path):
    mill = Docmill(tmp_path / "data")
    report = mill.json("ingest", sources)
    assert set(report["stage_seconds"]) == {"extract", "chunk", "embed", "index"}
    assert all(seconds > 0 for seconds in report["stage_seconds"].values())
    assert report["embedded"]["texts"] == report["chunks"]
    assert report["embedded"]["tokens"] > 10 * report["chunks"]
    again = mill.json("ingest", sources)
    assert again["embedded"] == {"texts": 0, "tokens": 0}
    assert set(again["stage_seconds"].values()) == {0}


def words(text):
    return re.findall(r"\w+", text.lower())


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli") / "sources"
    write_sources(folder)
    return folder


@pytest.fixture(scope="module")
def mill(sources):
    """A data folder that holds the five sources."""
    docmill = Docmill(sources.parent / "data")
    report = docmill.json("ingest", sources)
    assert report["done"] == 5 and report["dead"] == [] and report["refused"] == []
    return docmill


def id_of(mill, name):
    found = [v[0] for uri, v in mill.documents().items() if uri.endswith("/" + name)]
    assert len(found) == 1
    return found[0]


def test_status_counts_what_was_taken_in(mill, sources):
    status = mill.json("status")
    assert set(status) == {"documents", "chunks", "vectors", "blobs_bytes"}
    assert set(status["documents"]) == STATUS_KEYS
    assert status["documents"] == {"done": 5, "partial": 0, "dead": 0, "waiting": 0, "running": 0}
    assert status["chunks"] == status["vectors"] >= 5
    assert status["blobs_bytes"] == sum(f.stat().st_size for f in sources.iterdir())


@pytest.mark.parametrize("name", FACTS)
def test_status_of_one_document(mill, sources, name):
    status = mill.json("status", id_of(mill, name))
    assert {"id", "uri", "state", "stage", "attempt", "error", "chunks"} <= set(status)
    assert status["id"] == id_of(mill, name) and status["state"] == "done"
    assert status["uri"] == f"file://{sources / name}"
    assert status["attempt"] == 0 and status["error"] is None and status["chunks"] >= 1
    assert status["sandbox"] in ("full", "partial")


@pytest.mark.parametrize("name", FACTS)
def test_search_finds_every_format(mill, name):
    results = mill.json("search", FACTS[name], "-k", 3)["results"]
    assert 1 <= len(results) <= 3
    assert {"document", "uri", "title", "page", "score", "text"} <= set(results[0])
    assert results[0]["document"] == id_of(mill, name)
    assert words(FACTS[name]) == [w for w in words(results[0]["text"]) if w in words(FACTS[name])][
        -len(words(FACTS[name])):]
    assert results[0]["page"] == (1 if name.endswith(".pdf") else None)
    scores = [result["score"] for result in results]
    assert scores == sorted(scores, reverse=True)


def test_search_in_an_unknown_collection_says_so(mill):
    error = mill.json("search", "lighthouse lamp", "--collection", "other", code=4)["error"]
    assert error["code"] == "not_found" and "other" in error["message"]


@pytest.mark.parametrize("question, name", [
    ("How often must the coolant pump be greased?", "pump.md"),
    ("How high does the spring tide rise?", "tide.pdf")])
def test_ask_cites_words_that_stand_in_the_source(mill, question, name):
    answer = mill.json("ask", question)
    assert {"answer", "model", "citations"} <= set(answer)
    assert answer["model"] == "extractive" and answer["citations"]
    assert answer["citations"][0]["document"] == id_of(mill, name)
    for citation in answer["citations"]:
        assert {"document", "uri", "title", "page", "quote"} <= set(citation)
        shown = mill.run("show", citation["document"], "--format", "text")
        assert citation["quote"] and " ".join(words(citation["quote"])) in " ".join(words(shown))


@pytest.mark.parametrize("name", FACTS)
def test_show_in_four_formats(mill, name):
    document = id_of(mill, name)
    for form in ("markdown", "text"):
        assert FACTS[name] in mill.run("show", document, "--format", form)
    if name == "pump.md":
        assert mill.run("show", document).startswith("# Pump care")
    model = json.loads(mill.run("show", document, "--format", "json"))
    assert model["blocks"] and FACTS[name] in json.dumps(model)
    chunks = mill.lines("show", document, "--format", "chunks")
    assert any(FACTS[name] in chunk["text"] for chunk in chunks)
    assert len({chunk["id"] for chunk in chunks}) == len(chunks)


def test_ingest_of_the_unchanged_folder_is_no_new_work(mill, sources):
    before = mill.vectors(), mill.rows("SELECT id, revision, token FROM documents ORDER BY id")
    assert mill.json("ingest", sources)["done"] == 5
    assert (mill.vectors(),
            mill.rows("SELECT id, revision, token FROM documents ORDER BY id")) == before


def test_a_changed_file_replaces_its_old_text(tmp_path):
    mill = Docmill(tmp_path / "data")
    source = tmp_path / "note.txt"
    source.write_text("The ferry leaves at seven.\n")
    mill.run("ingest", source)
    source.write_text("The ferry leaves at eight.\n")
    mill.run("ingest", source)
    results = mill.json("search", "ferry leaves")["results"]
    assert [result["text"].strip() for result in results] == ["The ferry leaves at eight."]
    assert mill.json("status")["documents"]["done"] == 1


def test_delete_takes_a_document_out_of_everything(tmp_path):
    mill = Docmill(tmp_path / "data")
    write_sources(tmp_path / "sources")
    mill.run("ingest", tmp_path / "sources")
    document = id_of(mill, "bees.txt")
    assert mill.json("delete", document) == {"deleted": 1}
    results = mill.json("search", FACTS["bees.txt"])["results"]
    assert results and document not in {result["document"] for result in results}
    assert mill.rows("SELECT * FROM vector_records WHERE document=?", document) == []
    assert mill.json("status")["documents"]["done"] == 4
    mill.run("status", document, code=4)
    mill.run("show", document, code=4)


def test_dead_letters_are_listed_shown_and_redriven(tmp_path):
    mill = Docmill(tmp_path / "data")
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "good.txt").write_text("Good words.\n")
    (sources / "broken.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<< /Type /Catal" + b"\0" * 400)
    write_pdf(sources / "locked.pdf", "Secret.", encrypt=StandardEncryption("secret"))
    report = mill.json("ingest", sources, code=3)
    assert report["done"] == 1
    reasons = {entry["uri"].rsplit("/", 1)[1]: entry["reason"] for entry in report["dead"]}
    assert reasons == {"broken.pdf": "malformed", "locked.pdf": "password_required"}
    letters = mill.lines("dead", "list")
    assert sorted(letter["uri"].rsplit("/", 1)[1] for letter in letters) == [
        "broken.pdf", "locked.pdf"]
    for letter in letters:
        assert letter["state"] == "dead" and letter["error"]["stage"] == "extract"
        assert letter["error"]["reason"] in reasons.values() and letter["error"]["attempt"] >= 1
        assert mill.json("dead", "show", letter["id"]) == letter
        mill.run("show", letter["id"], code=4)
    # The cause of one is mended and both are driven again: the other dies again, once.
    write_pdf(sources / "broken.pdf", "Mended words.")
    assert mill.json("dead", "redrive", "--all") == {"redriven": 2}
    assert mill.json("status")["documents"]["waiting"] == 2
    report = mill.json("ingest", sources, code=3)
    assert report["done"] == 2 and [d["reason"] for d in report["dead"]] == ["password_required"]
    assert [letter["uri"].rsplit("/", 1)[1] for letter in mill.lines("dead", "list")] == [
        "locked.pdf"]


def test_empty_files_die_with_a_reason(tmp_path):
    mill = Docmill(tmp_path / "data")
    (tmp_path / "empty.txt").write_bytes(b"")
    report = mill.json("ingest", tmp_path / "empty.txt", code=3)
    assert [entry["reason"] for entry in report["dead"]] == ["no_text"]


def test_keys_are_created_listed_and_revoked(tmp_path):
    mill = Docmill(tmp_path / "data")
    created = mill.json("key", "create", "laptop")
    assert created["name"] == "laptop" and len(created["key"]) >= 32
    listed = mill.lines("key", "list")
    assert [(key["id"], key["name"], key["revoked"]) for key in listed] == [
        (created["id"], "laptop", False)]
    assert created["key"].encode() not in (tmp_path / "data" / "docmill.db").read_bytes()
    assert created["key"] not in mill.run("key", "list")
    assert mill.json("key", "revoke", created["id"]) == {"revoked": True}
    assert [key["revoked"] for key in mill.lines("key", "list")] == [True]
    mill.run("key", "revoke", "unknown", code=4)


def test_config_check_names_the_nearest_key(tmp_path):
    mill = Docmill(tmp_path / "data")
    good = tmp_path / "good.yaml"
    good.write_text("server:\n  listen: 127.0.0.1:9000\n")
    bad = tmp_path / "bad.yaml"
    bad.write_text("server:\n  lisen: 127.0.0.1:9000\nprocessor:\n  workers: 0\n"
                   "chat_models:\n  docmill/ask:\n    base_url: http://127.0.0.1:9/v1\n")
    assert mill.json("config", "check", good) == {"ok": True}
    error = mill.json("config", "check", bad, code=2)["error"]
    assert error["code"] == "invalid_argument"
    assert "server.lisen" in error["message"] and "server.listen" in error["message"]
    assert "processor.workers" in error["message"]
    assert "chat_models.docmill/ask: names that begin with docmill/" in error["message"]
    mill.run("status", "--config", bad, code=2)


@pytest.mark.parametrize("arguments", [
    ("status", "unknown"), ("show", "unknown"), ("delete", "unknown"), ("dead", "show", "unknown"),
    ("ingest", "/nowhere/at/all")])
def test_unknown_things_end_with_4(mill, arguments):
    error = mill.json(*arguments, code=4)["error"]
    assert error["code"] == "not_found" and error["message"]


@pytest.mark.parametrize("arguments", [
    (), ("unknown",), ("search",), ("show", "x", "--format", "pdf"), ("dead", "unknown"),
    ("search", "x", "-k", "0")])
def test_wrong_usage_ends_with_2(mill, arguments):
    mill.run(*arguments, code=2)
