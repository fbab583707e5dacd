#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes src/inference/bert_tables.cc: what the reference tokenizer does to every Unicode character.

The reference normaliser mixes Unicode versions of three libraries (categories, decomposition, case),
so its tables are read off its behaviour, character by character, instead of from one Unicode release:

    .deps/test/bin/python tests/support/make_bert_tables.py > src/inference/bert_tables.cc
"""

import functools
import unicodedata

import tokenizers
from tokenizers import normalizers, pre_tokenizers

NORMALIZER = normalizers.BertNormalizer(
    clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=True
)
SPLITTER = pre_tokenizers.BertPreTokenizer()
HANGUL = range(0xAC00, 0xD7A4)


def normalize(text):
    return NORMALIZER.normalize_str(text)


def ranges(code_points):
    out = []
    for code_point in sorted(code_points):
        if out and out[-1][1] == code_point - 1:
            out[-1][1] = code_point
        else:
            out.append([code_point, code_point])
    return out


def runs(mapping):
    """(first, last, step, target of first): a step of 2 covers alternating upper and lower case."""
    out = []
    for source, target in sorted(mapping.items()):
        if out:
            first, last, step, to = out[-1]
            gap = source - last
            if target - source == to - first and (gap == step or (first == last and gap <= 2)):
                out[-1] = [first, source, gap, to]
                continue
        out.append([source, source, 1, target])
    return out


def swapped(a, b):
    return a != b and normalize(chr(a) + chr(b)) == chr(b) + chr(a)


def combining_order(result):
    """Survivors of the accent strip that canonical ordering moves, as {code point: rank}."""
    # Marks newer than the reference's own tables are no marks to it: only those that it moves count.
    named = [c for c, s in result.items() if s == chr(c) and unicodedata.combining(s)]
    known = [
        a
        for a in named
        if any(swapped(a, b) or swapped(b, a) for b in named)
    ]
    low = min(known, key=lambda c: unicodedata.combining(chr(c)))
    high = max(known, key=lambda c: unicodedata.combining(chr(c)))
    assert swapped(high, low)
    moved = []
    for c, text in result.items():
        if text != chr(c) or c in (low, high):
            continue
        if swapped(high, c) or swapped(c, low):
            moved.append(c)
    moved += [low, high]

    def compare(a, b):
        return 1 if swapped(a, b) else -1 if swapped(b, a) else 0

    ranks, rank = {}, 0
    previous = None
    for c in sorted(moved, key=functools.cmp_to_key(compare)):
        if previous is None or compare(previous, c) != 0:
            rank += 1
        ranks[c] = rank
        previous = c
    return ranks, low, high


def print_table(declaration, rows):
    print(f"{declaration} = {{")
    line = "    "
    for row in rows:
        text = "{" + ",".join(f"0x{v:X}" if v > 9 else str(v) for v in row) + "},"
        if len(line) + len(text) > 100:
            print(line)
            line = "    "
        line += text
    print(line)
    print("};\n")


def main():
    every = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    result = {c: normalize(chr(c)) for c in every}
    dropped, spaces, ideographs, mapped, expanded = [], [], [], {}, {}
    for c, text in result.items():
        if text.startswith(" ") and len(text) == 3 and text.endswith(" "):
            ideographs.append(c)
            text = text[1]
        if text == "":
            dropped.append(c)
        elif text == " ":
            spaces.append(c)
        elif c in HANGUL:
            index = c - 0xAC00
            jamo = chr(0x1100 + index // 588) + chr(0x1161 + index % 588 // 28)
            assert text == jamo + (chr(0x11A7 + index % 28) if index % 28 else ""), hex(c)
        elif len(text) > 1:
            expanded[c] = [ord(x) for x in text]
            assert len(text) <= 3
        elif text != chr(c):
            mapped[c] = ord(text)
    ranks, low, high = combining_order(result)
    moved = chr(high), chr(low)
    barriers = [c for c in dropped if normalize(moved[0] + chr(c) + moved[1]) == moved[0] + moved[1]]
    punctuation = [
        c for c in every if len(SPLITTER.pre_tokenize_str("a" + chr(c) + "a")) == 3
    ]
    print("// SPDX-License-Identifier: Apache-2.0")
    print("// Made by tests/support/make_bert_tables.py from the behaviour of the reference")
    print(f"// tokenizer (tokenizers {tokenizers.__version__}); do not edit.")
    print('#include "inference/bert_tables.h"\n')
    print("namespace docmill::inference {\n\nnamespace {\n\n// clang-format off")
    print_table("constexpr CodePointRange kDropped[]", ranges(dropped))
    print_table("constexpr CodePointRange kBarriers[]", ranges(barriers))
    print_table("constexpr CodePointRange kSpaces[]", ranges(spaces))
    print_table("constexpr CodePointRange kIdeographs[]", ranges(ideographs))
    print_table("constexpr CodePointRange kPunctuation[]", ranges(punctuation))
    print_table("constexpr CodePointRun kRuns[]", [r for r in runs(mapped) if r[0] != r[1]])
    print_table(
        "constexpr CodePointPair kPairs[]", [[r[0], r[3]] for r in runs(mapped) if r[0] == r[1]]
    )
    print_table(
        "constexpr CodePointExpansion kExpanded[]",
        [[c] + (out + [0])[:3] for c, out in sorted(expanded.items())],
    )
    print_table("constexpr CombiningRank kRanks[]", sorted(ranks.items()))
    print("// clang-format on\n\n}  // namespace\n")
    print("const BertTables& bert_tables() {")
    print("  static constexpr BertTables kTables = {")
    print("      kDropped,     kBarriers, kSpaces, kIdeographs,")
    print("      kPunctuation, kRuns,     kPairs,  kExpanded, kRanks,")
    print("  };\n  return kTables;\n}\n\n}  // namespace docmill::inference")


if __name__ == "__main__":
    main()
