"""Numbers that tests and oracles make alike (tests/support/formula.c), and golden files of results
(tests/support/golden.c)."""
import json
import math
import struct

import numpy as np
import torch

from ops import mix, write_safetensors


def formula(name, shape):
    """The array called name: uniform in [-1, 1), float64."""
    key = 2166136261
    for byte in name.encode():
        key = (key ^ byte) * 16777619 % 2**32
    start = mix(np.array([key], dtype=np.uint32))
    bits = mix(start + np.arange(math.prod(shape), dtype=np.uint32))
    return torch.from_numpy(((bits >> np.uint32(8)) * 2.0**-23 - 1).reshape(shape))


@torch.no_grad()
def fill(module):
    """formula_fill() of tests/support/formula.c."""
    for name, tensor in module.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        if tensor.dim() >= 2:
            scale, shift = math.sqrt(6 / (tensor.numel() / tensor.shape[0])), 0
        elif name.endswith("running_var"):
            scale, shift = 0.5, 1
        elif name.endswith("weight"):
            scale, shift = 0.25, 0.5
        else:
            scale, shift = 0.2, 0
        tensor.copy_(shift + scale * formula(name, tensor.shape))
    return module


class Golden:
    """Results whole, or as evenly spaced samples and then the norm, with the shape as a text."""

    def __init__(self):
        self.tensors, self.texts = {}, {}

    def add(self, key, tensor, samples=None):
        tensor = torch.as_tensor(tensor).detach().double()
        if samples is None or tensor.numel() <= samples:
            self.tensors[key] = tensor.clone()
            return
        flat = tensor.reshape(-1)
        places = torch.arange(samples) * (flat.numel() - 1) // (samples - 1)
        self.tensors[key] = torch.cat([flat[places], flat.norm().reshape(1)])
        self.texts[key] = str(list(tensor.shape))

    def write(self, path):
        write_safetensors(path, self.tensors, self.texts)
        print(f"{path.name}: {len(self.tensors)} tensors, {path.stat().st_size} bytes")


def read_safetensors(path):
    """{name: float32 tensor}"""
    data = path.read_bytes()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:start])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = (start + offset for offset in entry["data_offsets"])
        tensors[name] = torch.from_numpy(np.frombuffer(data[begin:end], "<f4").reshape(entry["shape"]).copy())
    return tensors
