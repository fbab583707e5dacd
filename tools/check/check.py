#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The house rules as a program: layers, sizes, banned idioms, unlisted files, dead links.

Each rule is a function from the tree to findings; a finding says where, what, and what to do instead.
Run through ./dev check; takes seconds and needs nothing but Python.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')

# Banned text → (where it is allowed, what to do instead).
BANNED = [
    (r"\bdetached\b", ("src/async/",), "spawn into a TaskGroup, which owns and joins it"),
    (r"\bco_spawn\b", ("src/async/",), "TaskGroup::spawn or Runtime::run"),
    (r"\bstd::j?thread\b", ("src/async/", "tests/", "_test.cc"), "BlockingPool::run or a TaskGroup"),
    (r"\bstd::regex\b", (), "a hand-written scanner; std::regex recurses and is slow"),
    (r"\bsystem_clock::now\b", ("src/base/",), "take a Clock& and ask it"),
    (r"\bgetenv\b", ("src/base/", "tests/", "_test.cc"), "ConfigReader, which reads the environment"),
    (r"\bstd::this_thread::sleep", (), "sleep_for of async/task_group.h, or a ManualClock in tests"),
    (r"\busing namespace std;", (), "name what you use"),
    (r"\bTODO\b|\bFIXME\b|\bXXX\b", (), "do it now, or write an issue"),
    (r"\bprintf\(", ("src/base/", "apps/", "tests/", "src/confine/test_", "_test.cc"),
     "log() of base/log.h"),
    (r"\bcatch \(\.\.\.\) *\{ *\}", (), "turn the exception into an Error"),
]


class Tree:
    """The files git knows (tracked, or new and not ignored) below a root."""

    def __init__(self, root):
        self.root = Path(root)
        listed = subprocess.run(
            ["git", "-C", str(root), "ls-files", "-co", "--exclude-standard"],
            capture_output=True, text=True, check=True).stdout.split("\n")
        self.files = sorted(f for f in listed if f and (self.root / f).is_file())
        self.texts = {}
        config = self.root / "tools/layers.toml"
        self.config = tomllib.loads(config.read_text()) if config.exists() else {}

    def text(self, name):
        if name not in self.texts:
            self.texts[name] = (self.root / name).read_text(errors="replace")
        return self.texts[name]

    def sources(self):
        return [f for f in self.files if f.endswith((".cc", ".h"))]

    def excepted(self, name, rule):
        return rule in self.config.get("exceptions", {}).get(name, {})


def module_of(name, modules):
    """The module of src a file or include path belongs to, longest name first."""
    for module in sorted(modules, key=len, reverse=True):
        if name.startswith(module + "/"):
            return module
    return None


def check_layers(tree):
    modules = tree.config.get("modules", {})
    for name in tree.sources():
        if not name.startswith("src/"):
            continue
        own = module_of(name[4:], modules)
        if own is None:
            yield name, 1, "lies in no module of tools/layers.toml; add the module or move the file"
            continue
        for number, line in enumerate(tree.text(name).split("\n"), 1):
            found = INCLUDE.match(line)
            other = module_of(found[1], modules) if found else None
            if other and other not in (own, "base") and other not in modules[own]:
                yield name, number, (f"{own} may not include {other}; pass it through a port or move "
                                     "the code down (tools/layers.toml)")


def check_header_bans(tree):
    bans = tree.config.get("header_bans", {"modules": [], "headers": []})
    for name in tree.sources():
        own = module_of(name[4:], bans["modules"]) if name.startswith("src/") else None
        if own is None or not name.endswith(".h"):
            continue
        for number, line in enumerate(tree.text(name).split("\n"), 1):
            found = INCLUDE.match(line)
            if found and any(found[1].startswith(h) for h in bans["headers"]):
                yield name, number, f"{found[1]} in a header of {own}; include it in the .cc (pimpl)"


NO_FUNCTION = ("namespace", "class ", "struct ", "enum ", "}", "//", "#", "using", "typedef", "if ",
               "for ", "while ", "switch ", "else", "do ", "return", "case ")


def function_lengths(text):
    """(line, length) of function bodies by the indentation that clang-format leaves: a signature
    stands at column 0 or 2 and ends, maybe lines later, in '{'; its '}' stands at the same column."""
    start = indent = None
    in_body = False
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.lstrip()
        column = len(line) - len(stripped)
        if in_body:
            if stripped.startswith("}") and column == indent:
                yield start, number - start + 1
                in_body, start = False, None
            continue
        if stripped and column in (0, 2):
            names_function = "(" in line and not stripped.startswith(NO_FUNCTION)
            start, indent = (number, column) if names_function else (None, None)
        if start is not None:
            if line.endswith("{"):
                in_body = True
            elif line.endswith((";", "}")):
                start = None


def check_sizes(tree):
    sizes = tree.config.get("sizes", {})
    for name in tree.sources():
        lines = tree.text(name).split("\n")
        count = len(lines) - (lines[-1] == "")
        limit = sizes.get("file_lines", 600)
        if count > limit and not tree.excepted(name, "file_lines"):
            yield name, count, f"{count} lines; a file has at most {limit}: split it by what it does"
        limit = sizes.get("header_lines", 200)
        if name.startswith("src/") and name.endswith(".h") and count > limit:
            if not tree.excepted(name, "header_lines"):
                yield name, count, f"{count} lines; a header has at most {limit}: split it"
        limit = sizes.get("columns", 100)
        for number, line in enumerate(lines, 1):
            if len(line) > limit and not tree.excepted(name, "columns"):
                yield name, number, f"{len(line)} columns; at most {limit}: run ./dev fmt"
        limit = sizes.get("function_lines", 70)
        for number, length in function_lengths(tree.text(name)):
            if length > limit and not tree.excepted(name, "function_lines"):
                yield name, number, f"a function of {length} lines; at most {limit}: give its steps names"


def without_comments(line):
    return re.sub(r"//.*$", "", re.sub(r'"(\\.|[^"\\])*"', '""', line))


def check_banned(tree):
    for name in tree.sources():
        for pattern, allowed, instead in BANNED:
            if any(name.startswith(a) or (a.startswith("_") and name.endswith(a)) for a in allowed):
                continue
            comments_too = "TODO" in pattern
            for number, line in enumerate(tree.text(name).split("\n"), 1):
                if re.search(pattern, line if comments_too else without_comments(line)):
                    yield name, number, f"banned ({pattern}): {instead}"


def check_listed(tree):
    """Every source is named in the CMakeLists.txt of its folder or of one above it."""
    lists = {f: tree.text(f) for f in tree.files if f.endswith("CMakeLists.txt")}
    for name in tree.sources():
        if name.endswith(".h"):
            continue
        path = Path(name)
        for folder in path.parents:
            listing = lists.get(str(folder / "CMakeLists.txt"))
            if listing and re.search(
                    rf"(?<![\w/.]){re.escape(str(path.relative_to(folder)))}(?![\w.])", listing):
                break
        else:
            yield name, 1, "is in no CMakeLists.txt: add it to its module's list, or delete it"


def check_spdx(tree):
    for name in tree.sources():
        if not tree.text(name).startswith("// SPDX-License-Identifier: Apache-2.0"):
            yield name, 1, "starts without the line // SPDX-License-Identifier: Apache-2.0"


def check_suites(tree):
    """Each port class has a contract suite, and each adapter class stands in one."""
    suites = " ".join(tree.text(f) for f in tree.files if f.startswith("tests/contract/"))
    for name in tree.sources():
        if name.startswith("src/ports/") and name.endswith(".h"):
            if "virtual ~" in tree.text(name) and f'"ports/{Path(name).name}"' not in suites:
                yield name, 1, f"has no suite: write tests/contract/{Path(name).stem}_contract.h"
        if name.startswith("src/adapters/") and name.endswith(".h"):
            found = re.findall(r"class (\w+) final : public (\w+)", tree.text(name))
            for adapter, port in found:
                if adapter not in suites:
                    yield name, 1, f"{adapter} is in no contract suite of tests/contract ({port})"


def check_links(tree):
    for name in tree.files:
        if not name.endswith(".md"):
            continue
        for number, line in enumerate(tree.text(name).split("\n"), 1):
            for target in re.findall(r"\]\(([^)\s]+)\)", line):
                if re.match(r"[a-z]+:", target) or target.startswith("#"):
                    continue
                if not (tree.root / Path(name).parent / target.split("#")[0]).exists():
                    yield name, number, f"dead link {target}"


def check_metrics(tree):
    """Metrics named in docs and monitoring are declared in some module's table."""
    declared = set()
    for name in tree.sources():
        declared.update(re.findall(r'"(docmill_[a-z0-9_]+)"', tree.text(name)))
    for name in tree.files:
        if not (name.startswith(("docs/", "monitoring/")) or name == "README.md"):
            continue
        for number, line in enumerate(tree.text(name).split("\n"), 1):
            for metric in re.findall(r"\b(docmill_[a-z0-9_]+_(?:total|seconds|bytes))\b", line):
                if metric not in declared:
                    yield name, number, f"metric {metric} is declared in no table"


RULES = [check_layers, check_header_bans, check_sizes, check_banned, check_listed, check_spdx,
         check_suites, check_links, check_metrics]


def findings_of(root):
    tree = Tree(root)
    return [(name, line, message) for rule in RULES for name, line, message in rule(tree)]


def main():
    root = Path(__file__).resolve().parents[2]
    findings = findings_of(root)
    for name, line, message in findings:
        print(f"{name}:{line}: {message}")
    print(f"check: {len(findings)} findings" if findings else "check: the house is in order")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
