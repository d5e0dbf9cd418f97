"""What torchvision's networks give with weights by formula, in float64.

    /usr/bin/python3 tests/oracle/backbones.py        writes tests/golden/backbones.safetensors
"""
import hashlib
from pathlib import Path

import torch
import torch.nn.functional as F
import torchvision
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet

from formula import Golden, fill, formula

GOLDEN = Path(__file__).resolve().parent.parent / "golden/backbones.safetensors"
NETWORKS = ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "wide_resnet50_2", "wide_resnet101_2",
            "resnext50_32x4d"]
SIZES = {"even": [2, 3, 64, 64], "odd": [1, 3, 65, 49]}
LEVELS = ["layer1", "layer2", "layer3", "layer4"]
CLASSES, BATCH = 10, [4, 3, 32, 32]
# few blocks, so that float32 stays comparable: each ReLU whose input is within rounding of 0 may go either way
SMALL = {"small_resnet": (BasicBlock, {}), "small_resnext": (Bottleneck, dict(groups=32, width_per_group=4))}


@torch.no_grad()
def forward(golden, name):
    network = fill(getattr(torchvision.models, name)(weights=None).double()).eval()
    lines = [f"{key} {list(value.shape)}\n" for key, value in network.state_dict().items()
             if not key.endswith("num_batches_tracked")]
    golden.texts[f"{name}/state"] = hashlib.sha256("".join(lines).encode()).hexdigest()
    for size, shape in SIZES.items():
        x = network.maxpool(network.relu(network.bn1(network.conv1(2 * formula("images", shape)))))
        for level in LEVELS:
            x = getattr(network, level)(x)
            golden.add(f"{name}/{size}/{level}", x, samples=24)


def train(golden, name):
    """Loss, class scores, gradients and running statistics of one training step of a classifier."""
    # the double precision comes first: then no parameter is rounded to float32
    block, options = SMALL[name]
    network = fill(ResNet(block, [2, 1, 1, 1], num_classes=CLASSES, **options).double()).train()
    scores = network(2 * formula("images", BATCH))
    loss = F.cross_entropy(scores, torch.arange(BATCH[0]) * 3 % CLASSES)
    loss.backward()
    golden.add(f"{name}/train/loss", loss)
    golden.add(f"{name}/train/scores", scores)
    for key, parameter in network.named_parameters():
        golden.add(f"{name}/train/gradient/{key}", parameter.grad, samples=12)
    for key, value in network.named_buffers():
        if "running" in key:
            golden.add(f"{name}/train/state/{key}", value, samples=12)


def main():
    golden = Golden()
    for name in NETWORKS:
        forward(golden, name)
        print(name, flush=True)
    for name in SMALL:
        train(golden, name)
    golden.write(GOLDEN)


if __name__ == "__main__":
    main()
