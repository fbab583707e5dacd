#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/data/embedding_golden.bin: texts with their vectors by a plain BERT in numpy, fp32 weights.

    .deps/test/bin/python tests/support/make_embedding_golden.py

A record: u16 text bytes, the text, 384 little-endian fp32.
"""

import json
import math
import random
import struct

import numpy as np
from tokenizers import Tokenizer

MODEL = ".deps/native/minilm/"
HEADS, LAYERS, HIDDEN = 12, 6, 384
TEXTS = [
    "A man is eating food", "Someone eats a meal", "The stock market fell", "x", "!?", "42",
    "The crawler obeys robots.txt and waits between two requests to one host.",
    "Überraschung: naïve façade, Ελληνικά, русский текст, 東京都, 한국어.",
    "std::vector<std::string> names = {\"a\", \"b\"};  // code",
    "[MASK] is a special token, and so is [SEP].", "👍 emoji only 🎉",
]  # fmt: skip
SUBJECTS = "the queue,a worker,every document,the index,our parser,the license,a sandboxed process,the reader".split(",")
VERBS = "stores,returns,rejects,measures,describes,renews,deletes,explains".split(",")
OBJECTS = "a lease,the vector,its pages,a broken table,the first heading,two versions,an error,the answer".split(",")


def load():
    with open(MODEL + "model.safetensors", "rb") as file:
        raw = file.read()
    (size,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + size])
    return {
        name: np.frombuffer(raw[8 + size + t["data_offsets"][0] : 8 + size + t["data_offsets"][1]], "<f4")
        .reshape(t["shape"]).astype(np.float64)
        for name, t in header.items() if name != "__metadata__" and t["dtype"] == "F32"
    }  # fmt: skip


def embed(weights, ids):
    def norm(x, name):
        x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-12)
        return x * weights[name + ".weight"] + weights[name + ".bias"]

    def linear(x, name):
        return x @ weights[name + ".weight"].T + weights[name + ".bias"]

    def heads(x):
        return x.reshape(len(x), HEADS, HIDDEN // HEADS).transpose(1, 0, 2)

    x = weights["embeddings.word_embeddings.weight"][ids]
    x = x + weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for i in range(LAYERS):
        name = f"encoder.layer.{i}."
        q, k, v = (heads(linear(x, name + "attention.self." + part)) for part in ("query", "key", "value"))
        scores = q @ k.transpose(0, 2, 1) / math.sqrt(HIDDEN // HEADS)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (scores / scores.sum(-1, keepdims=True)) @ v
        mixed = mixed.transpose(1, 0, 2).reshape(len(ids), HIDDEN)
        x = norm(x + linear(mixed, name + "attention.output.dense"), name + "attention.output.LayerNorm")
        wide = linear(x, name + "intermediate.dense")
        wide = wide * 0.5 * (1 + np.vectorize(math.erf)(wide / math.sqrt(2)))
        x = norm(x + linear(wide, name + "output.dense"), name + "output.LayerNorm")
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


def main():
    tokenizer = Tokenizer.from_file(MODEL + "tokenizer.json")
    tokenizer.no_truncation()
    tokenizer.no_padding()
    rng = random.Random(20264)
    texts = list(TEXTS)
    while len(texts) < 50:
        count = rng.choice([1, 2, 4, 8, 16, 28])
        texts.append(" ".join(
            f"{rng.choice(SUBJECTS)} {rng.choice(VERBS)} {rng.choice(OBJECTS)}.".capitalize() for _ in range(count)
        ))  # fmt: skip
    weights = load()
    with open("tests/data/embedding_golden.bin", "wb") as out:
        for text in texts:
            ids = tokenizer.encode(text).ids
            assert len(ids) <= 256, len(ids)
            raw = text.encode()
            out.write(struct.pack("<H", len(raw)) + raw + embed(weights, ids).astype("<f4").tobytes())


if __name__ == "__main__":
    main()
