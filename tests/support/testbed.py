# SPDX-License-Identifier: Apache-2.0
"""Starts gateway_testbed: the real gateway over ports in memory."""
import json
import os
import pathlib
import subprocess
import tempfile

BIN = pathlib.Path(os.environ.get(
    "DOCMILL_BIN", pathlib.Path(__file__).parents[2] / "build" / "bin"))


class Testbed:
    __test__ = False

    def __init__(self, upstream="http://127.0.0.1:1/v1", **options):
        self.log = tempfile.TemporaryFile(mode="w+")
        self.process = subprocess.Popen(
            [BIN / "gateway_testbed", upstream, *[f"{k}={v}" for k, v in options.items()]],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        ready = json.loads(self.process.stdout.readline())
        self.port, self.key = ready["port"], ready["key"]
        self.url = f"http://127.0.0.1:{self.port}"

    def logs(self):
        self.log.seek(0)
        return self.log.read()

    def stop(self):
        """SIGTERM and the exit code."""
        self.process.terminate()
        return self.process.wait(timeout=20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
        self.process.stdout.close()
