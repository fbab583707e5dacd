#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Texts a second of the local encoder beside ONNX Runtime and OpenVINO in Python: same weights, same run.

    .deps/bench/bin/python tests/bench/embedder.py [--json] [--seconds N]

Each rival runs unpadded texts one a thread on as many threads as the process has CPUs, its best way on a
CPU; rounds of all of them alternate and the best round of each counts, so that other load hits all alike.
"""

import argparse
import json
import os
import pathlib
import random
import struct
import subprocess
import tempfile
import threading
import time

import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import TensorProto, helper, numpy_helper

ROOT = pathlib.Path(__file__).resolve().parents[2]
WEIGHTS = ROOT / ".deps/native/minilm/model.safetensors"
PROGRAM = pathlib.Path(os.environ.get("DOCMILL_BIN", ROOT / "build/bin")) / "docmill-bench-embed"
HEADS, LAYERS = 12, 6
CPUS = len(os.sched_getaffinity(0))
SEED = 20265


def load_weights():
    raw = WEIGHTS.read_bytes()
    (size,) = struct.unpack("<Q", raw[:8])
    data = raw[8 + size :]
    return {
        name: np.frombuffer(data[slice(*tensor["data_offsets"])], "<f4").reshape(tensor["shape"])
        for name, tensor in json.loads(raw[8 : 8 + size]).items()
        if name != "__metadata__" and tensor["dtype"] == "F32"
    }


class Graph:
    def __init__(self, weights):
        self.weights, self.nodes, self.constants = weights, [], []

    def constant(self, array):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, kind, *inputs, **attributes):
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def norm(self, x, name):
        scale, shift = (self.constant(self.weights[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self.node("LayerNormalization", x, scale, shift, epsilon=1e-12)

    def linear(self, x, name):
        product = self.node("MatMul", x, self.constant(self.weights[name + ".weight"].T))
        return self.node("Add", product, self.constant(self.weights[name + ".bias"]))

    def attention(self, x, name):
        def heads(part, order):
            shape = self.constant(np.array([0, 0, HEADS, 384 // HEADS]))
            split = self.node("Reshape", self.linear(x, f"{name}.self.{part}"), shape)
            return self.node("Transpose", split, perm=order)

        query, key = heads("query", [0, 2, 1, 3]), heads("key", [0, 2, 3, 1])
        scale = self.constant(np.float32((384 // HEADS) ** -0.5))
        scores = self.node("Mul", self.node("MatMul", query, key), scale)
        mixed = self.node("MatMul", self.node("Softmax", scores, axis=-1), heads("value", [0, 2, 1, 3]))
        joined = self.node("Transpose", mixed, perm=[0, 2, 1, 3])
        joined = self.node("Reshape", joined, self.constant(np.array([0, 0, 384])))
        return self.linear(joined, name + ".output.dense")

    def model(self):
        table = self.weights["embeddings.position_embeddings.weight"]
        table = table + self.weights["embeddings.token_type_embeddings.weight"][0]
        x = self.node("Gather", self.constant(self.weights["embeddings.word_embeddings.weight"]), "ids")
        length = self.node("Shape", "ids", start=1)
        rows = self.node("Slice", self.constant(table), self.constant(np.array([0])), length)
        x = self.norm(self.node("Add", x, rows), "embeddings.LayerNorm")
        for i in range(LAYERS):
            name = f"encoder.layer.{i}"
            x = self.node("Add", x, self.attention(x, name + ".attention"))
            x = self.norm(x, name + ".attention.output.LayerNorm")
            wide = self.node("Gelu", self.linear(x, name + ".intermediate.dense"))
            x = self.norm(self.node("Add", x, self.linear(wide, name + ".output.dense")), name + ".output.LayerNorm")
        mean = self.node("ReduceMean", x, self.constant(np.array([1])), keepdims=0)
        self.node("LpNormalization", mean, axis=1, p=2)
        graph = helper.make_graph(
            self.nodes, "minilm",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"])],
            [helper.make_tensor_value_info(self.nodes[-1].output[0], TensorProto.FLOAT, [1, 384])],
            self.constants,
        )  # fmt: skip
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def rounds(run_all, lists, seconds):
    run_all(lists)
    start, texts = time.perf_counter(), 0
    while True:
        run_all(lists)
        texts += len(lists)
        elapsed = time.perf_counter() - start
        if elapsed >= seconds:
            return texts / elapsed


def onnxruntime_rival(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    sessions = [onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"]) for _ in range(CPUS)]

    def run_all(lists):
        def work(index):
            for ids in lists[index::CPUS]:
                sessions[index].run(None, {"ids": ids})

        threads = [threading.Thread(target=work, args=(i,)) for i in range(CPUS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    vector = sessions[0].run(None, {"ids": np.array([[101, 7592, 102]])})[0][0]
    return run_all, vector


def openvino_rival(path, precision):
    core = openvino.Core()
    settings = {"INFERENCE_PRECISION_HINT": precision, "NUM_STREAMS": CPUS, "INFERENCE_NUM_THREADS": CPUS}
    model = core.compile_model(core.read_model(path), "CPU", settings)
    queue = openvino.AsyncInferQueue(model, CPUS)

    def run_all(lists):
        for ids in lists:
            queue.start_async([ids])
        queue.wait_all()

    return run_all, model(np.array([[101, 7592, 102]]))[0][0]


def ours(precision, ids_path, seconds):
    command = [PROGRAM, WEIGHTS, precision, ids_path, str(seconds)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def cpu_model():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return "unknown"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=2)
    arguments = parser.parse_args()
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    if not arguments.json:
        print(f"CPU {cpu_model()}, {CPUS} threads, commit {commit.stdout.strip()}, seed {SEED}")
    rng = random.Random(SEED)
    mixed = [min(256, max(8, int(rng.gauss(150, 60)))) for _ in range(40)]
    with tempfile.TemporaryDirectory() as folder:
        path = folder + "/minilm.onnx"
        onnx.save(Graph(load_weights()).model(), path)
        rivals = {"onnxruntime fp32": onnxruntime_rival(path)}
        rivals["openvino fp32"] = openvino_rival(path, "f32")
        default = ours("auto", write_ids(folder, [8]), 0)["precision"]
        if default == "bf16":
            rivals["openvino bf16"] = openvino_rival(path, "bf16")
        for rival, (_, vector) in rivals.items():
            cosine = float(np.dot(vector, rivals["onnxruntime fp32"][1]))
            assert cosine > 0.999, (rival, cosine)
        for name, lengths in (("128_tokens", [128] * 32), ("mixed_lengths", mixed)):
            compare(name, lengths, rivals, folder, default, arguments)


def write_ids(folder, lengths):
    rng = random.Random(SEED)
    path = f"{folder}/ids_{len(lengths)}"
    with open(path, "wb") as out:
        for length in lengths:
            ids = [101] + [rng.randrange(1996, 29600) for _ in range(length - 2)] + [102]
            out.write(struct.pack(f"<{length + 1}I", length, *ids))
    return path


def compare(name, lengths, rivals, folder, default, arguments):
    path = write_ids(folder, lengths)
    rng = random.Random(SEED)
    lists = [
        np.array([[101] + [rng.randrange(1996, 29600) for _ in range(length - 2)] + [102]]) for length in lengths
    ]
    best = {}
    for _ in range(3):
        for precision in dict.fromkeys(["fp32", default]):
            rate = ours(precision, path, arguments.seconds)["texts_per_second"]
            best[precision] = max(best.get(precision, 0), rate)
        for rival, (run_all, _) in rivals.items():
            best[rival] = max(best.get(rival, 0), rounds(run_all, lists, arguments.seconds))
    for precision in dict.fromkeys(["fp32", default]):
        same = [r for r in rivals if r.endswith("fp32") or r.endswith(precision)]
        against = max(same, key=best.get)
        report(f"embed_{name}_{precision}", best[precision], against, best[against], arguments.json)


def report(bench, value, against, against_value, as_json):
    ratio = value / against_value
    if as_json:
        row = {"bench": bench, "value": round(value, 1), "unit": "texts/s", "against": against}
        row |= {"against_value": round(against_value, 1), "ratio": round(ratio, 3), "goal": 1.0, "met": ratio >= 1}
        print(json.dumps(row), flush=True)
    else:
        print(f"{bench:28} {value:7.1f} texts/s  {against} {against_value:7.1f}  ratio {ratio:.2f}", flush=True)


if __name__ == "__main__":
    main()
