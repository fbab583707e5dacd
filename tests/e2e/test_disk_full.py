# SPDX-License-Identifier: Apache-2.0
"""A full disk: a typed error that says what to do, nothing acknowledged lost, and going on afterwards."""

import json
import subprocess

import pytest
from program import BIN

MEBIBYTE = 1 << 20
# Everything that must happen while the small file system is mounted: it is gone with the last process.
SCRIPT = """
set -u
mount -t tmpfs -o size=24m tmpfs "$1/disk" || exit 77
mill() { out=$1; shift; "$DOCMILL" "$@" --data "$ROOT/disk/data" --json >"$ROOT/$out.json" 2>"$ROOT/$out.err"
         echo $? >"$ROOT/$out.code"; }
ROOT=$1 DOCMILL=$2
export DOCMILL_PROCESSOR_LEASE=3s  # a document whose worker could not even give it back is free after this
mill before ingest "$ROOT/first"
dd if=/dev/zero of="$ROOT/disk/fill" bs=1M 2>/dev/null
truncate -s -"$3"K "$ROOT/disk/fill"
mill full ingest "$ROOT/second"
mill search search pumps
rm "$ROOT/disk/fill"
mill after ingest "$ROOT/second"
mill status status
"""


def can_mount(tmp_path):
    (tmp_path / "probe").mkdir()
    return subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", tmp_path / "probe"],
                          capture_output=True).returncode == 0


# With more room the documents are taken in and their processing fills the disk; with less the intake does.
@pytest.mark.parametrize("room_kib", [64, 600, 1800])
def test_a_full_disk_loses_nothing_and_says_what_to_do(tmp_path, room_kib):
    if not can_mount(tmp_path):
        pytest.skip("no user namespaces here, so no small file system can be mounted")
    for folder, topic, count in (("first", "pumps and valves", 3), ("second", "ships and sails", 40)):
        (tmp_path / folder).mkdir()
        for number in range(count):
            (tmp_path / folder / f"{number}.txt").write_text(
                f"Document {number} about {topic}.\n" + " " * 20_000 + str(number))
    (tmp_path / "disk").mkdir()
    ended = subprocess.run(["unshare", "-rm", "bash", "-c", SCRIPT, "bash", tmp_path, BIN / "docmill", str(room_kib)],
                           capture_output=True, text=True, timeout=240)
    assert ended.returncode == 0, ended.stderr

    def code(step):
        return int((tmp_path / f"{step}.code").read_text())

    def report(step):
        return json.loads((tmp_path / f"{step}.json").read_text().strip().splitlines()[-1])

    assert code("before") == 0
    assert code("full") == 1
    error = report("full")["error"]
    assert (error["code"], error["reason"]) == ("unavailable", "disk_full")
    assert "free" in error["message"]
    assert "pumps" in report("search")["results"][0]["text"], "what was acknowledged can be found"
    assert code("after") == 0, (tmp_path / "after.err").read_text()
    counts = report("status")["documents"]
    assert counts == {"done": 43, "partial": 0, "dead": 0, "waiting": 0, "running": 0}
