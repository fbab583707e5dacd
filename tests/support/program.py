# SPDX-License-Identifier: Apache-2.0
"""Runs the real docmill program, and reads what it left in its data folder."""
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import tempfile

BIN = pathlib.Path(os.environ.get(
    "DOCMILL_BIN", pathlib.Path(__file__).parents[2] / "build" / "bin"))


class Docmill:
    """One data folder; every call is a process of its own."""

    def __init__(self, data, **environment):
        self.data = pathlib.Path(data)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("DOCMILL_")}
        self.environment.update(environment)

    def command(self, *arguments):
        return [str(BIN / "docmill"), *map(str, arguments), "--data", str(self.data)]

    def run(self, *arguments, code=0, timeout=120):
        """What it printed; fails when it ended with another exit code."""
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True,
                              env=self.environment, timeout=timeout)
        assert done.returncode == code, (
            f"{arguments} ended with {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def json(self, *arguments, code=0):
        return json.loads(self.run(*arguments, "--json", code=code))

    def lines(self, *arguments, code=0):
        """The output of commands that print one JSON object a line."""
        text = self.run(*arguments, "--json", code=code)
        return [json.loads(line) for line in text.splitlines()]

    def start(self, *arguments, **options):
        """A process in a group of its own, so that its parser processes die with it."""
        options.setdefault("stdout", subprocess.DEVNULL)
        options.setdefault("stderr", subprocess.DEVNULL)
        return subprocess.Popen(self.command(*arguments), env=self.environment, text=True,
                                start_new_session=True, **options)

    def rows(self, query, *values):
        with sqlite3.connect(f"file:{self.data / 'docmill.db'}?mode=ro", uri=True) as database:
            return database.execute(query, values).fetchall()

    def documents(self):
        """URI to (id, state, chunks) of every document."""
        return {uri: (id_, state, chunks) for uri, id_, state, chunks in self.rows(
            "SELECT uri, id, state, chunks FROM documents")}

    def vectors(self):
        """All (document, chunk id, vector id), sorted; a double stays a double."""
        return sorted(self.rows("SELECT document, chunk_id, id FROM vector_records"))


def kill_group(process):
    """kill -9 of the process and of everything it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


class Server:
    """docmill up on a free port of loopback."""

    def __init__(self, docmill):
        self.log = tempfile.TemporaryFile(mode="w+")
        self.process = docmill.start("up", "--listen", "127.0.0.1:0", "--json",
                                     stdout=subprocess.PIPE, stderr=self.log)
        line = self.process.stdout.readline()
        assert line, "docmill up did not start: " + self.logs()
        self.ready = json.loads(line)
        self.url = self.ready["url"]

    def logs(self):
        self.log.seek(0)
        return self.log.read()

    def stop(self):
        """SIGTERM and the exit code."""
        self.process.terminate()
        return self.process.wait(timeout=40)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            kill_group(self.process)
        self.process.stdout.close()
        self.log.close()
