#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/data/tokenizer_golden.bin: varied strings with what the reference tokenizer makes of them.

    .deps/test/bin/python tests/support/make_tokenizer_golden.py [COUNT [SEED [FILE]]]

A record: u16 text bytes, the text, u16 ids, the first 8 bytes of SHA-256 over the ids as u32; all
little-endian. A larger file with another seed can be named to DOCMILL_TOKENIZER_GOLDEN for a longer test.
"""

import hashlib
import json
import random
import struct
import sys

from tokenizers import Tokenizer

MODEL = ".deps/native/minilm/tokenizer.json"
WORDS = (
    "the of crawler document Überraschung naïve façade coöperate ΣΊΣΥΦΟΣ ὈΔΥΣΣΕΎΣ Привет ЁЖИК "
    "İstanbul ıssız straße ẞ ﬁnance ﬀ Ǆ ǅ ŉ K Å Ω 東京都 漢字 かな ガギグ ﾊﾟ 한국어 각 안녕 ไทย हिन्दी ক্ষ தமிழ் "
    "العَرَبِيَّة עִבְרִית ગુજરાતી ಕನ್ನಡ తెలుగు မြန်မာ ភាសាខ្មែរ ລາວ አማርኛ ქართული ᲥᲐᲠᲗᲣᲚᲘ Հայերեն ᏣᎳᎩ ꭰꮳ 𐐀𐐨 𞤀𞤢 "
    "tokenization internationalisation e-mail don't U.S.A. 3.14159 1,000,000 0xDEADBEEF C++23 foo_bar "
    "camelCaseIdentifier std::vector<std::string> https://example.org/a/b?c=d&e=f#g user@example.org "
    "/usr/share/doc/index.html $HOME 100% #include -- --flag=value a/b i18n x² H₂O ½ № ™ … — “quoted” «ja» "
    "👍 👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 ☃ ✈️ ❤ 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 ①② ㎏ 豈 﨎 𠮷 〱 ｆｕｌｌ　ｗｉｄｔｈ ￥ ・ 、 。 「」 [UNK] [CLS] [SEP] [PAD] [MASK] [sep] [ MASK ] "
    "[[SEP]] [MASK][MASK] x[SEP]y ## ##ing [unused1] [unused0] a\u0301 e\u0323\u0302 \u0344 \u1e9b\u0323 \ufb1f"
).split(" ")
SPACES = [" "] * 20 + ["  ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u2028", "\u200b", "\u200d", "\ufeff", "\u0085", "\u1680", ""]
BLOCKS = [
    (0x20, 0x7F), (0x00, 0xFF), (0x100, 0x24F), (0x250, 0x2FF), (0x300, 0x36F), (0x370, 0x52F), (0x531, 0x6FF),
    (0x700, 0xDFF), (0xE00, 0x11FF), (0x1200, 0x1CFF), (0x1D00, 0x1FFF), (0x2000, 0x2BFF), (0x2C00, 0x2FFF),
    (0x3000, 0x33FF), (0x3400, 0x9FFF), (0xA000, 0xABFF), (0xAC00, 0xD7FF), (0xE000, 0xF8FF), (0xF900, 0xFFFF),
    (0x10000, 0x107FF), (0x10800, 0x11FFF), (0x12000, 0x1CFFF), (0x1D000, 0x1DFFF), (0x1E000, 0x1FFFF),
    (0x20000, 0x323AF), (0xE0000, 0xE01EF), (0xF0000, 0x10FFFF),
]  # fmt: skip
# Marks that outlive the accent strip and are put into canonical order, with some that do not.
MARKS = "\u302e\u302f\U0001d165\U0001d16d\U0001d16e\u1b44\u0301\u0323\u0345\u093c\u094d\u05b0\u3099\U00011446\u034f\u200d"


def character(rng):
    while True:
        first, last = rng.choice(BLOCKS)
        code_point = rng.randint(first, last)
        if not 0xD800 <= code_point < 0xE000:
            return chr(code_point)


def piece(rng, vocabulary):
    kind = rng.random()
    if kind < 0.30:
        return rng.choice(WORDS)
    if kind < 0.55:
        return rng.choice(vocabulary)
    if kind < 0.62:
        return rng.choice(vocabulary) + rng.choice(vocabulary)
    if kind < 0.67:
        word = rng.choice(WORDS + vocabulary)
        return rng.choice([word.upper(), word.title(), word.swapcase()])
    if kind < 0.75:
        return "".join(character(rng) for _ in range(rng.randint(1, 6)))
    if kind < 0.80:
        first, last = rng.choice(BLOCKS[:-1])
        return "".join(chr(c) for c in (rng.randint(first, last) for _ in range(rng.randint(1, 8)))
                       if not 0xD800 <= c < 0xE000)  # fmt: skip
    if kind < 0.86:
        return rng.choice("aeiouxyzAEIOU한ᄀ가かह") + "".join(rng.choice(MARKS) for _ in range(rng.randint(1, 5)))
    if kind < 0.92:
        return "".join(rng.choice("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~0123456789") for _ in range(rng.randint(1, 8)))
    if kind < 0.94:
        return rng.choice("abcé漢") * rng.choice([5, 30])
    return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(1, 20)))


def text(rng, vocabulary):
    if rng.random() < 0.02:  # words around the limit of 100 characters
        return rng.choice("abcéß") * rng.randint(97, 103)
    pieces = []
    for _ in range(min(12, 1 + int(rng.expovariate(0.3)))):
        pieces += [piece(rng, vocabulary), rng.choice(SPACES)]
    return "".join(pieces)


def main():
    count, seed = (int(x) for x in (sys.argv[1:3] + ["12000", "20261"][len(sys.argv[1:3]) :]))
    path = sys.argv[3] if len(sys.argv) > 3 else "tests/data/tokenizer_golden.bin"
    tokenizer = Tokenizer.from_file(MODEL)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    with open(MODEL, encoding="utf-8") as file:
        vocabulary = sorted(json.load(file)["model"]["vocab"])
    rng = random.Random(seed)
    with open(path, "wb") as out:
        for _ in range(count):
            bytes_of_text = text(rng, vocabulary).encode()
            ids = tokenizer.encode(bytes_of_text.decode()).ids
            digest = hashlib.sha256(struct.pack(f"<{len(ids)}I", *ids)).digest()[:8]
            out.write(struct.pack("<H", len(bytes_of_text)) + bytes_of_text)
            out.write(struct.pack("<H", len(ids)) + digest)


if __name__ == "__main__":
    main()
