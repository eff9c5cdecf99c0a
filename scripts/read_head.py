#!/usr/bin/env python3
"""Predicts from an embedding with a Graft head file, without Graft: docs/head-format.md as a program.

    python3 scripts/read_head.py HEAD.graft.safetensors EMBEDDING.f32 [LAYERS.f32]

EMBEDDING.f32 holds little-endian f32, computed by the backbone with the file's `backbone.` tensors, if it has any, in place
of its own; LAYERS.f32 the pooled layers on the way, one after the other, which heads of version 3 may see. Prints a JSON object, the probability of each class. Needs, from PyPI: numpy, safetensors.
"""

import json
import sys

import numpy as np
from safetensors import safe_open


def predict(path: str, embedding: np.ndarray, layers: np.ndarray | None = None) -> dict[str, float]:
    with safe_open(path, framework="numpy") as file:
        graft = json.loads(file.metadata()["graft"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    if graft["version"] > 3:
        raise ValueError(f"format version {graft['version']} is newer than this program")
    seen = graft.get("input", {"parts": ["embedding"], "root": False})
    parts = [embedding if part == "embedding" else layers[part["layers"]["from"] : part["layers"]["to"]] for part in seen["parts"]]
    x = np.concatenate(parts)
    if seen["root"]:
        x = np.sqrt(x)
    x = (x - tensors["mean"]) / tensors["scale"]
    if "hidden.weight" in tensors:
        x = np.maximum(x @ tensors["hidden.weight"] + tensors["hidden.bias"], 0)
    logits = x @ tensors["out.weight"].astype("f4") + tensors["out.bias"]
    probabilities = np.exp(logits - logits.max())
    probabilities /= probabilities.sum()
    return {entry["name"]: float(p) for entry, p in zip(graft["classes"], probabilities, strict=True)}


if __name__ == "__main__":
    head, *features = sys.argv[1:]
    print(json.dumps(predict(head, *(np.fromfile(file, "<f4") for file in features))))
