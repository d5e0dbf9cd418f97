"""The first steps of the embedded backbone's pretraining, by PyTorch in float64 from the same weights and batches: 20
steps on small batches ("float64" to the test), and 3 of the real ones ("float32").

    build/tests/test_pretraining --write /tmp/pretraining.safetensors
    /usr/bin/python3 tests/oracle/pretraining.py /tmp/pretraining.safetensors
                                                 writes tests/golden/pretraining.safetensors
"""
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models.resnet import BasicBlock

from formula import Golden, read_safetensors

GOLDEN = Path(__file__).resolve().parent.parent / "golden/pretraining.safetensors"
RUNS, SAMPLES, CHECKED = {"float64": 20, "float32": 3}, 40, (1, 3, 10, 20)
RATE, WARMUP, MOMENTUM, DECAY, DAMAGE_WEIGHT = 0.05, 200, 0.9, 1e-4, 5


def block(inside, outside, stride):
    shortcut = None
    if stride != 1:
        shortcut = nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside))
    return nn.Sequential(BasicBlock(inside, outside, stride, shortcut))


class Pretraining(nn.Module):
    def __init__(self, classes, width=48):
        super().__init__()
        self.backbone = nn.Module()
        self.backbone.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.backbone.bn1 = nn.BatchNorm2d(width)
        self.backbone.layer1 = block(width, width, 1)
        self.backbone.layer2 = block(width, 2 * width, 2)
        self.backbone.layer3 = block(2 * width, 4 * width, 2)
        self.classifier = nn.Linear(6 * width, classes)
        self.detector2 = nn.Conv2d(2 * width, 1, 1)
        self.detector3 = nn.Conv2d(4 * width, 1, 1, bias=False)

    def forward(self, images):
        net = self.backbone
        x = F.max_pool2d(F.relu(net.bn1(net.conv1(images))), 3, 2, 1)
        layer2 = net.layer2(net.layer1(x))
        layer3 = net.layer3(layer2)
        scores = self.classifier(torch.cat([layer2.mean((2, 3)), layer3.mean((2, 3))], 1))
        up = F.interpolate(self.detector3(layer3), size=layer2.shape[2:], mode="bilinear", align_corners=False)
        return scores, self.detector2(layer2) + up


def train(golden, inputs, run, steps):
    state = {name: value for name, value in inputs.items() if not name.startswith(tuple(RUNS))}
    model = Pretraining(len(state["classifier.bias"])).train()
    missing = model.load_state_dict(state, strict=False)
    assert not missing.unexpected_keys and all(name.endswith("tracked") for name in missing.missing_keys), missing
    model.double()
    start = {name: value.clone() for name, value in model.state_dict().items()}
    optimizer = torch.optim.SGD(model.parameters(), RATE, MOMENTUM, weight_decay=DECAY, nesterov=True)
    for step in range(1, steps + 1):
        images, labels, damage = (inputs[f"{run}/{step}/{part}"].double() for part in ("images", "labels", "damage"))
        optimizer.param_groups[0]["lr"] = RATE * step / WARMUP
        scores, maps = model(images)
        loss = F.cross_entropy(scores, labels.long())
        damage_loss = F.binary_cross_entropy_with_logits(maps, damage)
        optimizer.zero_grad()
        (loss + DAMAGE_WEIGHT * damage_loss).backward()
        optimizer.step()
        golden.add(f"{run}/{step}/losses", torch.stack([loss, damage_loss]))
        if step in CHECKED:
            for name, parameter in model.named_parameters():
                golden.add(f"{run}/{step}/gradient/{name}", parameter.grad, samples=SAMPLES)
                golden.add(f"{run}/{step}/change/{name}", parameter.detach() - start[name], samples=SAMPLES)


def main():
    inputs, golden = read_safetensors(Path(sys.argv[1])), Golden()
    for run, steps in RUNS.items():
        train(golden, inputs, run, steps)
    golden.write(GOLDEN)


if __name__ == "__main__":
    main()
