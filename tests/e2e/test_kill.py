# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random points: nothing lost, nothing twice, the same result as an undisturbed run."""
import collections
import os
import random
import subprocess
import time

import pytest
from local_site import Site, html
from program import Docmill, kill_group

pytestmark = pytest.mark.slow

KILLS = 50
QUICK = {"DOCMILL_PROCESSOR_LEASE": "1s", "DOCMILL_CRAWLER_LEASE": "1s"}
WORDS = ("harbour crane pump lamp oil clover glue tide mill quay wall bone rope sail keel mast "
         "anchor buoy chart wind wave sand shell gull net boat").split()


def random_seed():
    seed = int(os.environ.get("DOCMILL_TEST_SEED", time.time_ns() % 1_000_000))
    print(f"DOCMILL_TEST_SEED={seed}")
    return random.Random(seed)


def paragraph(i, sentences=12):
    pick = random.Random(i)
    return " ".join(f"The {' '.join(pick.choices(WORDS, k=9))} of number {i}."
                    for _ in range(sentences))


def finish(mill, command):
    """Runs the command to its end: one that a kill left open needs a lease to run out first."""
    process = mill.start(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        out, error = process.communicate(timeout=60)
    finally:
        kill_group(process)
    assert process.returncode == 0, out + error


def run_under_kills(folder, command, rounds_random, check):
    """Kills runs of the command at KILLS points; each data folder that gets done is checked."""
    kills = folders = 0
    mill = None
    while kills < KILLS or mill is not None:
        if mill is None:
            mill = Docmill(folder / f"data{folders}", **QUICK)
            folders += 1
        if kills >= KILLS:
            finish(mill, command)
            code = 0
        else:
            process = mill.start(*command)
            try:
                code = process.wait(timeout=rounds_random.uniform(0.05, 1.5))
            except subprocess.TimeoutExpired:
                code = None
                kills += 1
            kill_group(process)
        if code is not None:
            assert code == 0
            check(mill)
            mill = None
    print(f"{kills} kills, {folders} data folders")


def assert_like(mill, reference):
    """Every document done, no chunk or vector lost or twice, all ids those of the reference."""
    documents = mill.documents()
    assert {state for _, state, _ in documents.values()} == {done_state(reference)}
    assert documents == reference.documents()
    vectors = mill.vectors()
    assert vectors == reference.vectors()
    assert max(collections.Counter(id_ for _, _, id_ in vectors).values()) == 1
    assert sum(chunks for _, _, chunks in documents.values()) == len(vectors)
    assert mill.rows("SELECT count(*) FROM messages") == [(0,)]
    assert mill.rows("PRAGMA integrity_check") == [("ok",)]
    status = mill.json("status")
    assert status["documents"] == {
        "done": len(documents), "partial": 0, "dead": 0, "waiting": 0, "running": 0}
    assert status["chunks"] == status["vectors"] == len(vectors)


def done_state(mill):
    return mill.rows("SELECT DISTINCT state FROM documents")[0][0]


def test_ingest_under_kill_9(tmp_path):
    sources = tmp_path / "sources"
    sources.mkdir()
    for i in range(60):
        text = paragraph(i, 30)
        if i % 2:
            (sources / f"note{i}.md").write_text(f"# Note {i}\n\n{text}\n")
        else:
            (sources / f"page{i}.html").write_text(html(f"Page {i}", text))
    reference = Docmill(tmp_path / "reference")
    finish(reference, ("ingest", sources))
    assert len(reference.documents()) == 60
    run_under_kills(tmp_path, ("ingest", sources), random_seed(),
                    lambda mill: assert_like(mill, reference))


def test_crawl_under_kill_9(tmp_path):
    pages = {"/robots.txt": (200, {"Content-Type": "text/plain"}, b"User-agent: *\nAllow: /\n")}
    for i in range(60):
        links = [f"/page{j}" for j in (2 * i + 1, 2 * i + 2, (i * 7) % 60) if j < 60]
        pages[f"/page{i}"] = html(f"Page {i}", paragraph(i), links)
    with Site(pages) as site:
        command = ("crawl", site.url + "/page0", "--depth", 10, "--allow-private", "--delay",
                   "0ms", "--per-host", 4)
        reference = Docmill(tmp_path / "reference")
        finish(reference, command)
        expected = {f"{site.url}/page{i}" for i in range(60)}
        assert set(reference.documents()) == expected
        site.requests.clear()

        def check(mill):
            assert set(site.paths()) >= set(pages) - {"/robots.txt"}
            site.requests.clear()
            assert_like(mill, reference)
            entries = mill.rows(
                "SELECT coalesce(url, key), document FROM crawl_entries WHERE state=2")
            assert set(entries) == {
                (uri, id_) for uri, (id_, _, _) in mill.documents().items()}
            # A kill after the crawl's end, while documents are in work, makes the next run crawl anew.
            assert {crawl["pages"] for crawl in mill.lines("crawl", "status")} == {60}

        run_under_kills(tmp_path, command, random_seed(), check)
