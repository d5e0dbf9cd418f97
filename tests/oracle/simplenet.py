"""What PyTorch gives for every part of SimpleNet, in float64 from numbers by formula; and, in float32, the features of
three photographs under SIMPLENET_SHARED (default ../shared).

    /usr/bin/python3 tests/oracle/simplenet.py        writes tests/golden/simplenet.safetensors
"""
import os
from pathlib import Path

import numpy as np
import scipy.ndimage
import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision
from PIL import Image
from torchvision import transforms

from formula import Golden, fill, formula, read_safetensors

ROOT = Path(__file__).resolve().parent.parent.parent
GOLDEN = ROOT / "tests/golden/simplenet.safetensors"
SHARED = Path(os.environ.get("SIMPLENET_SHARED", ROOT.parent / "shared"))

# tests/test_simplenet.c has the same numbers
CHANNELS, HIDDEN, ROWS, STEPS, NOISE = 12, 20, 30, 5, 0.25
PAPER = dict(bias=False, adaptor=1, discriminator=2, adamw=False, cross_entropy=False, margin=0.5)
CONFIGURATIONS = {
    "paper": PAPER,
    "official": dict(PAPER, bias=True, adamw=True),
    "no_adaptor": dict(PAPER, adaptor=0),
    "deep_adaptor": dict(PAPER, adaptor=2, bias=True),
    "shallow_discriminator": dict(PAPER, discriminator=1),
    "deep_discriminator": dict(PAPER, discriminator=3),
    "cross_entropy": dict(PAPER, cross_entropy=True),
    "wide_margin": dict(PAPER, margin=1.5),
}
MAPS = [[2, 5, 13, 11], [2, 7, 7, 6], [2, 9, 4, 3]]  # of levels 1, 2, 3
DIMENSION = 10
PHOTOGRAPHS = {
    "bottle": "mvtec/bottle/test/broken_large/000.png",
    "hazelnut": "other/hazelnut/test/colour/00.jpg",
    "wood_surface": "other/wood_surface/test/defect/100000000.jpg",
}
SCORED, SCORED_CHANNELS, GRID, CROP = 3, 6, 7, 50


class Head(nn.Module):
    """Adaptor and discriminator, named as in the released code's checkpoints."""

    def __init__(self, channels, hidden, bias, adaptor, discriminator, **_):
        super().__init__()
        self.pre_projection, self.discriminator = nn.Module(), nn.Module()
        layers, body, width = nn.Module(), nn.Sequential(), channels
        for i in range(adaptor):
            layers.add_module(f"{i}fc", nn.Linear(channels, channels, bias))
        for i in range(1, discriminator):
            block = nn.Sequential(nn.Linear(width, hidden), nn.BatchNorm1d(hidden), nn.LeakyReLU(0.2))
            body.add_module(f"block{i}", block)
            width = hidden
        self.pre_projection.layers, self.discriminator.body = layers, body
        self.discriminator.tail = nn.Linear(width, 1, bias=False)

    def adapt(self, x):
        for i, layer in enumerate(self.pre_projection.layers.children()):
            x = layer(x if i == 0 else F.leaky_relu(x, 0.2))
        return x

    def judge(self, q):
        return self.discriminator.tail(self.discriminator.body(q))


def train(golden, name, settings):
    """Loss, shares, gradients and state of the first step; the state after the fifth."""
    head = fill(Head(CHANNELS, HIDDEN, **settings).double()).train()
    optimisers = [torch.optim.Adam(head.discriminator.parameters(), 2e-4, weight_decay=1e-5)]
    if settings["adaptor"] > 0:
        kind, decay = (torch.optim.AdamW, 0.01) if settings["adamw"] else (torch.optim.Adam, 1e-5)
        optimisers.append(kind(head.pre_projection.parameters(), 1e-4, weight_decay=decay))
    margin = settings["margin"]
    for step in range(1, STEPS + 1):
        q = head.adapt(formula(f"features/{step}", [ROWS, CHANNELS]))
        normal, anomalous = head.judge(torch.cat([q, q + NOISE * formula(f"noise/{step}", [ROWS, CHANNELS])])).chunk(2)
        if settings["cross_entropy"]:
            loss = F.softplus(-normal).mean() + F.softplus(anomalous).mean()
        else:
            loss = F.relu(margin - normal).mean() + F.relu(margin + anomalous).mean()
        for optimiser in optimisers:
            optimiser.zero_grad()
        loss.backward()
        for optimiser in optimisers:
            optimiser.step()
        if step == 1:
            shares = [(normal >= margin).double().mean(), (anomalous < -margin).double().mean()]
            golden.add(f"{name}/result", torch.stack([loss.detach(), *shares]))
            for key, parameter in head.named_parameters():
                golden.add(f"{name}/gradient/{key}", parameter.grad)
        if step in (1, STEPS):
            for key, value in head.state_dict().items():
                if not key.endswith("num_batches_tracked"):
                    golden.add(f"{name}/step {step}/{key}", value)


def resized(x, size):
    return F.interpolate(x, size=size, mode="bilinear", align_corners=False)


def local_features(maps, style, patch, dimension, grid=0):
    """[n, positions, channels] of feature maps, on the grid of one; resizing first, as the released code does."""
    size = maps[grid].shape[-2:]
    if style == "paper":
        pooled = [F.avg_pool2d(x, patch, stride=1, padding=patch // 2) for x in maps]
        return torch.cat([resized(x, size) for x in pooled], 1).flatten(2).transpose(1, 2)
    vectors = []
    for x in maps:
        columns = F.unfold(x, patch, padding=patch // 2).reshape(len(x), -1, *x.shape[-2:])
        vectors.append(F.adaptive_avg_pool1d(resized(columns, size).flatten(2).transpose(1, 2), dimension))
    return F.adaptive_avg_pool1d(torch.cat(vectors, 2), dimension)


def levels_of(network, images, levels):
    x, maps = network.maxpool(network.relu(network.bn1(network.conv1(images)))), []
    for level in range(1, max(levels) + 1):
        x = getattr(network, f"layer{level}")(x)
        if level in levels:
            maps.append(x)
    return maps


def features(golden):
    maps = [formula(f"level/{i + 1}", shape) for i, shape in enumerate(MAPS)]
    for style in ["paper", "official"]:
        for patch in [1, 3, 5]:
            for levels, grid in [("2", 2), ("3", 3), ("2,3", 2), ("1,2,3", 1), ("1,2,3", 2), ("1,3", 3)]:
                used = [int(level) for level in levels.split(",")]
                found = local_features([maps[i - 1] for i in used], style, patch, DIMENSION, used.index(grid))
                golden.add(f"local/{style}/{patch}/{levels}/{grid}", found, samples=60)
    network = fill(torchvision.models.resnet18(weights=None).double()).eval()
    maps = levels_of(network, 2 * formula("images", [2, 3, 64, 64]), [2, 3])
    golden.add("resnet18/paper", local_features(maps, "paper", 3, None), samples=100)
    golden.add("resnet18/official", local_features(maps, "official", 3, 1536), samples=100)


def photographs(golden):
    network = torchvision.models.resnet18(weights=None).eval()
    weights = read_safetensors(SHARED / "weights/resnet18-imagenet-to-layer3.safetensors")
    absent = network.load_state_dict(weights, strict=False).missing_keys
    assert all(key.startswith(("layer4", "fc")) or key.endswith("num_batches_tracked") for key in absent)
    normalise = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    for name, path in PHOTOGRAPHS.items():
        for style, resize, crop in [("paper", 256, 224), ("official", 329, 288)]:
            steps = [transforms.Resize(resize), transforms.CenterCrop(crop), transforms.ToTensor(), normalise]
            image = transforms.Compose(steps)(Image.open(SHARED / "data" / path).convert("RGB"))[None]
            found = local_features(levels_of(network, image, [2, 3]), style, 3, 1536)
            golden.add(f"photograph/{name}/{style}", found, samples=400)


def scoring(golden):
    head = fill(Head(SCORED_CHANNELS, HIDDEN, True, 1, 2).double()).eval()
    scores = -head.judge(head.adapt(formula("scored", [SCORED, GRID * GRID, SCORED_CHANNELS]).flatten(0, 1)))
    scores = scores.reshape(SCORED, GRID, GRID)
    maps = resized(scores[:, None], (CROP, CROP))[:, 0]
    golden.add("scoring/patches", scores)
    golden.add("scoring/unsmoothed", maps, samples=100)
    maps = torch.from_numpy(np.stack([scipy.ndimage.gaussian_filter(m, 4) for m in maps.numpy()]))
    golden.add("scoring/maps", maps, samples=100)
    golden.add("scoring/by_patch", scores.amax((1, 2)))
    golden.add("scoring/by_map", maps.amax((1, 2)))


def main():
    golden = Golden()
    for name, settings in CONFIGURATIONS.items():
        train(golden, name, settings)
    with torch.no_grad():
        features(golden)
        photographs(golden)
        scoring(golden)
    golden.write(GOLDEN)


if __name__ == "__main__":
    main()
