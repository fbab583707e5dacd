#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Documents a second of the whole `docmill ingest` on the demo's folder, with embeddings.

    tests/bench/pipeline.py [FOLDER]      one line of JSON a figure

Beside the goal and beside what the embedder alone allows: every sixteenth chunk of the run, by length, given to the
embedder with nothing else to do. Rounds of both alternate and the best of each counts. The same is told in CPU
seconds, which other load on the machine hardly moves. Stage times are summed over documents that were in work at
once; the largest is what binds.
"""

import argparse
import contextlib
import json
import os
import pathlib
import resource
import sqlite3
import struct
import subprocess
import tempfile
import time

from figures import figure

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("DOCMILL_BIN", ROOT / "build/bin"))
MODEL = ROOT / ".deps/native/minilm"
DOCUMENTS_GOAL = 12  # a second, on two cores with AVX-512
SHARE_GOAL = 0.9  # of what the embedder alone allows
ROUNDS = 2
EVERY = 16  # one chunk of so many is given to the embedder alone
STARTS = 3


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def ingest(folder, data):
    """The summary of one run, with its wall and CPU seconds (parser processes too)."""
    start, cpu = time.perf_counter(), cpu_seconds()
    ended = subprocess.run([BIN / "docmill", "ingest", folder, "--data", data, "--json"], capture_output=True,
                           text=True, check=False)
    if ended.returncode not in (0, 3):
        raise SystemExit(f"pipeline: docmill ended with code {ended.returncode}: {ended.stderr[-300:]}")
    summary = json.loads(ended.stdout.strip().splitlines()[-1])
    summary["wall"] = time.perf_counter() - start
    summary["cpu"] = cpu_seconds() - cpu
    return summary


def write_texts(data, path):
    """Every sixteenth embedded text, by length, as docmill-bench-embed reads them."""
    with contextlib.closing(sqlite3.connect(data / "docmill.db")) as database:
        rows = database.execute("SELECT heading_path, text FROM vector_records").fetchall()
    texts = sorted({f"{heading}\n{text}" if heading else text for heading, text in rows}, key=lambda t: (len(t), t))
    with open(path, "wb") as out:
        for text in texts[EVERY // 2 :: EVERY]:
            raw = text.encode()
            out.write(struct.pack("<I", len(raw)) + raw)


def embedder_alone(texts):
    command = [BIN / "docmill-bench-embed", MODEL / "model.safetensors", "auto", texts, "4", MODEL / "vocab.txt"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=ROOT / ".deps/demo/folder")
    folder = parser.parse_args().folder
    runs, alone, starts = [], [], []
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        for i in range(ROUNDS):
            runs.append(ingest(folder, scratch / f"data{i}"))
            write_texts(scratch / f"data{i}", scratch / "texts")
            alone.append(embedder_alone(scratch / "texts"))
        # The same again finds all done: what a run costs before its first document.
        starts = [ingest(folder, scratch / "data0")["wall"] for _ in range(STARTS)]
    report(min(runs, key=lambda run: run["wall"]), min(runs, key=lambda run: run["cpu"]), alone, min(starts))


def report(best, leanest, alone, start):
    documents, texts = best["done"] + best["partial"], best["embedded"]["texts"]
    rate = documents / best["wall"]
    figure("pipeline_documents", rate, "documents/s", "goal with AVX-512", DOCUMENTS_GOAL, 1.0)
    alone_rate = max(run["texts_per_second"] for run in alone)
    figure("pipeline_documents", rate, "documents/s", "embedder alone", alone_rate * documents / texts, SHARE_GOAL)
    figure("pipeline_chunks", texts / best["wall"], "chunks/s", "embedder alone", alone_rate, SHARE_GOAL)
    alone_cpu = min(run["cpu_seconds_per_text"] for run in alone) * texts
    figure("pipeline_chunks_per_cpu", texts / leanest["cpu"], "chunks/CPU s", "embedder alone", texts / alone_cpu,
           SHARE_GOAL)
    figure("pipeline_cpu_used", best["cpu"] / best["wall"], "CPUs", "CPUs there", len(os.sched_getaffinity(0)), None)
    figure("pipeline_start_and_nothing_to_do", start, "s", "whole run", best["wall"], None)
    stages = best["stage_seconds"]
    for stage, seconds in stages.items():
        figure(f"pipeline_stage_{stage}", seconds, "s, summed", "all stages", sum(stages.values()), None)


if __name__ == "__main__":
    main()
