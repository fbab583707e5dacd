# SPDX-License-Identifier: Apache-2.0
"""Each house rule finds what breaks it and is silent about what does not."""

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import check

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"
LAYERS = """
[modules]
base = []
async = []
ports = ["async"]
gateway = ["async", "ports"]
"adapters/x" = ["ports"]
[header_bans]
modules = ["ports"]
headers = ["boost/json"]
[sizes]
file_lines = 30
header_lines = 20
function_lines = 10
columns = 100
"""


@pytest.fixture
def findings(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)

    def run(files):
        for name, text in {"tools/layers.toml": LAYERS, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return [f"{name}: {message}" for name, _, message in check.findings_of(tmp_path)]

    return run


def source(name, body):
    """One listed source file with the SPDX line."""
    folder, file = name.rsplit("/", 1)
    return {name: SPDX + body, f"{folder}/CMakeLists.txt": file + "\n"}


@pytest.mark.parametrize("name, body, expected", [
    ("src/base/a.cc", '#include "gateway/b.h"\n', "base may not include gateway"),
    ("src/gateway/a.cc", '#include "adapters/x/b.h"\n', "gateway may not include adapters/x"),
    ("src/strange/a.cc", "", "lies in no module"),
    ("src/base/a.cc", "std::thread t;\n", "BlockingPool"),
    ("src/base/a.cc", "std::regex r;\n", "hand-written scanner"),
    ("src/gateway/a.cc", "auto t = std::chrono::system_clock::now();\n", "Clock&"),
    ("src/gateway/a.cc", "getenv(\"X\");\n", "ConfigReader"),
    ("src/gateway/a.cc", "asio::co_spawn(e, f, asio::detached);\n", "TaskGroup"),
    ("src/base/a.cc", "// TODO later\n", "write an issue"),
    ("src/base/a.cc", "int x;\n" * 40, "at most 30"),
    ("src/base/a.cc", "// " + "x" * 100 + "\n", "columns"),
    ("src/base/a.cc", "void f() {\n" + "  g();\n" * 12 + "}\n", "a function of 14 lines"),
    ("src/base/a.h", "int x;\n" * 25, "a header has at most 20"),
    ("src/ports/a.h", "#include <boost/json.hpp>\n", "include it in the .cc"),
    ("src/ports/queue.h", "class Q {\n  virtual ~Q() = default;\n};\n", "has no suite"),
    ("src/adapters/x/a.h", "class XQ final : public Q {};\n", "XQ is in no contract suite"),
])
def test_a_broken_rule_is_found(findings, name, body, expected):
    assert any(expected in f for f in findings(source(name, body)))


@pytest.mark.parametrize("name, body", [
    ("src/gateway/a.cc", '#include "ports/b.h"\n#include "base/c.h"\n#include <vector>\n'),
    ("src/async/a.cc", "asio::co_spawn(e, f, token);\n"),
    ("src/base/a.cc", "// a comment may say std::thread\n"),
    ("src/base/a.cc", 'auto s = "std::regex";\n'),
    ("src/base/a.cc", "void f() {\n  g();\n}\n\nvoid h() {\n  g();\n}\n"),
])
def test_good_code_passes(findings, name, body):
    assert findings(source(name, body)) == []


def test_unlisted_and_unlicensed_sources_are_found(findings):
    found = findings({"src/base/a.cc": "int x;\n", "src/base/CMakeLists.txt": "data.cc\n"})
    assert any("in no CMakeLists.txt" in f for f in found)
    assert any("SPDX" in f for f in found)


def test_dead_links_and_unknown_metrics_are_found(findings):
    found = findings({"README.md": "[a](missing.md) [b](https://x) [c](README.md)\n",
                      "docs/x.md": "docmill_unknown_total\n"})
    assert len([f for f in found if "dead link" in f]) == 1
    assert any("docmill_unknown_total" in f for f in found)
