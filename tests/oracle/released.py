"""A model in the form of the released code's ckpt.pth, and what PyTorch scores with it.

    /usr/bin/python3 tests/oracle/released.py

writes tests/golden/released/ckpt.pth, ckpt.legacy.pth and expected.safetensors.
"""
import argparse
from collections import OrderedDict
from pathlib import Path

import torch
import torch.nn as nn

from formula import Golden, formula

FOLDER = Path(__file__).resolve().parent.parent / "golden/released"
DIMENSION, HIDDEN, ROWS = 24, 16, 36  # tests/test_released.c has the same numbers


class Projection(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.layers = nn.Sequential()
        self.layers.add_module("0fc", nn.Linear(width, width))

    def forward(self, x):
        return self.layers(x)


class Discriminator(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.body = nn.Sequential()
        self.body.add_module("block1", nn.Sequential(nn.Linear(width, hidden), nn.BatchNorm1d(hidden), nn.LeakyReLU(0.2)))
        self.tail = nn.Linear(hidden, 1, bias=False)

    def forward(self, x):
        return self.tail(self.body(x))


def main():
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    torch.manual_seed(0)
    projection, discriminator = Projection(DIMENSION), Discriminator(DIMENSION, HIDDEN)
    for _ in range(3):  # running statistics other than the first ones
        discriminator(projection(torch.randn(50, DIMENSION)))
    checkpoint = {}
    checkpoint["discriminator"] = OrderedDict({k: v.detach().cpu() for k, v in discriminator.state_dict().items()})
    checkpoint["pre_projection"] = OrderedDict({k: v.detach().cpu() for k, v in projection.state_dict().items()})
    FOLDER.mkdir(exist_ok=True)
    torch.save(checkpoint, FOLDER / "ckpt.pth")
    torch.save(checkpoint, FOLDER / "ckpt.legacy.pth", _use_new_zipfile_serialization=False)
    discriminator.eval()
    golden = Golden()
    with torch.no_grad():
        golden.add("scores", -discriminator.double()(projection.double()(formula("rows", [ROWS, DIMENSION]))))
    golden.write(FOLDER / "expected.safetensors")


if __name__ == "__main__":
    main()
