#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""All benches by name, each beside a named rival or limit in the same run.

    ./dev bench [NAME…] [--json]      names: html, pdf, docx, embed, cranfield, search, crawl, pipeline, extract, rss

Prints a table, or with --json one line a figure:
{"bench", "value", "unit", "against", "against_value", "ratio", "goal", "met"}.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH = ROOT / "tests/bench"
BIN = pathlib.Path(os.environ.get("DOCMILL_BIN", ROOT / "build/bin"))
DATA = pathlib.Path(os.environ.get("DOCMILL_SHARED_DATA", ROOT.parent / "shared/data"))

# Name → (command, what it reads and must be there, how to call that).
BENCHES = {
    "html": ([BIN / "docmill_bench_html", "--json"], DATA / "html-main-text", "html-main-text"),
    "pdf": ([BIN / "docmill_bench_pdf", "--json"], DATA / "documents", "documents"),
    "docx": ([BIN / "docmill_bench_docx", "--json"], DATA / "documents", "documents"),
    "embed": ([sys.executable, BENCH / "embedder.py", "--json"], ROOT / ".deps/native/minilm",
              "generated token lists"),
    "cranfield": ([BIN / "docmill_bench_cranfield"], DATA / "retrieval-cranfield",
                  "retrieval-cranfield"),
    "search": ([BIN / "docmill_bench_search"], BIN, "100,000 generated chunks"),
    "crawl": ([sys.executable, BENCH / "crawl.py"], BIN / "docmill", "a generated site on loopback"),
    "extract": ([BIN / "docmill_bench_extract", "--json"], ROOT / ".deps/demo/folder",
                "documents, the demo's folder and manuals"),
    "rss": ([sys.executable, BENCH / "rss.py"], BIN / "docmill", "10,000 generated documents"),
    "pipeline": ([sys.executable, BENCH / "pipeline.py"], ROOT / ".deps/demo/folder", "the demo's folder"),
}


def cpu_model():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown"


def commit():
    found = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True,
                           text=True, check=False)
    return found.stdout.strip() or "unknown"


def row(figure):
    rival = f"{figure['against']} {figure['against_value']:.4g}" if figure["against"] else ""
    goal = "" if figure["goal"] is None else f"goal {figure['goal']:g} {'met' if figure['met'] else 'MISSED'}"
    ratio = "" if figure["ratio"] is None else f"x{figure['ratio']:.2f}"
    return f"  {figure['bench']:34} {figure['value']:>10.4g} {figure['unit']:16} {rival:36} {ratio:>7} {goal}"


def run(name, as_json):
    """Prints the figures of one bench as they come; false when it failed."""
    command, needed, data = BENCHES[name]
    if not needed.exists():
        print(f"bench: {name} skipped: {needed} is absent ({data})", file=sys.stderr)
        return True
    if not as_json:
        print(f"{name}: {data}", flush=True)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if not line.startswith("{"):
                continue
            print(line.rstrip() if as_json else row(json.loads(line)), flush=True)
    if process.returncode:
        print(f"bench: {name} ended with code {process.returncode}", file=sys.stderr)
    return process.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--json", action="store_true", help="one line of JSON a figure")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in BENCHES]
    if unknown:
        parser.error(f"no bench is called {unknown[0]}; there are {', '.join(BENCHES)}")
    os.environ["DOCMILL_SHARED_DATA"] = str(DATA)
    about = sys.stderr if options.json else sys.stdout
    print(f"CPU {cpu_model()}, {len(os.sched_getaffinity(0))} threads; commit {commit()}", file=about,
          flush=True)
    good = [run(name, options.json) for name in options.names or BENCHES]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
