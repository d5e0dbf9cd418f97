"""What torch.optim and torch.nn give, in float64 from numbers by formula.

    /usr/bin/python3 tests/oracle/nn.py        writes tests/golden/nn.safetensors
"""
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F

from formula import Golden, fill, formula

GOLDEN = Path(__file__).resolve().parent.parent / "golden/nn.safetensors"

# tests/test_nn.c has the same names and numbers
OPTIMISERS = {
    "adam": (torch.optim.Adam, dict(lr=0.01)),
    "adam_l2": (torch.optim.Adam, dict(lr=0.02, weight_decay=0.3)),
    "adam_betas": (torch.optim.Adam, dict(lr=0.05, betas=(0.5, 0.9), eps=1e-3, weight_decay=0.1)),
    "adamw": (torch.optim.AdamW, dict(lr=0.01)),
    "adamw_decay": (torch.optim.AdamW, dict(lr=0.05, weight_decay=0.5)),
    "sgd": (torch.optim.SGD, dict(lr=0.1)),
    "sgd_momentum": (torch.optim.SGD, dict(lr=0.05, momentum=0.9)),
    "sgd_nesterov": (torch.optim.SGD, dict(lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01)),
    "sgd_dampening": (torch.optim.SGD, dict(lr=0.05, momentum=0.8, dampening=0.4, weight_decay=0.1)),
}
STEPS, ROWS, INPUTS, HIDDEN, OUTPUTS = 7, 9, 5, 6, 3


def perceptron():
    first, norm, second = nn.Linear(INPUTS, HIDDEN, bias=False), nn.BatchNorm1d(HIDDEN), nn.Linear(HIDDEN, OUTPUTS)
    return fill(nn.ModuleDict(dict(first=first, norm=norm, second=second)).double()).train()


def optimise(golden, name):
    """A small network's state after every step; the learning rate halves after the fourth."""
    network = perceptron()
    kind, options = OPTIMISERS[name]
    optimiser = kind(network.parameters(), **options)
    for step in range(1, STEPS + 1):
        hidden = network["norm"](network["first"](formula(f"x/{step}", [ROWS, INPUTS])))
        loss = ((network["second"](F.leaky_relu(hidden, 0.2)) - formula(f"y/{step}", [ROWS, OUTPUTS])) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step == 4:
            optimiser.param_groups[0]["lr"] /= 2
        if step in (1, 5, STEPS):
            for key, value in network.state_dict().items():
                if not key.endswith("num_batches_tracked"):
                    golden.add(f"{name}/{step}/{key}", value)


def cosine(golden):
    optimiser = torch.optim.SGD([nn.Parameter(torch.zeros(1))], 0.2)
    schedule, rates = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 10, eta_min=0.08), []
    for _ in range(11):
        rates.append(schedule.get_last_lr()[0])
        optimiser.step()
        schedule.step()
    golden.add("cosine", torch.tensor(rates, dtype=torch.float64))


def layers(golden):
    convolution = fill(nn.ModuleDict(dict(c=nn.Conv2d(6, 4, 3, stride=2, padding=1, groups=2))).double())
    golden.add("conv2d", convolution["c"](formula("image", [2, 6, 7, 5])))
    norm = fill(nn.ModuleDict(dict(n=nn.BatchNorm2d(6))).double())
    golden.add("batch_norm/train", norm["n"].train()(formula("image", [2, 6, 7, 5])))
    golden.add("batch_norm/running_mean", norm["n"].running_mean)
    golden.add("batch_norm/running_var", norm["n"].running_var)
    golden.add("batch_norm/evaluate", norm["n"].eval()(formula("image", [2, 6, 7, 5])))


def main():
    golden = Golden()
    for name in OPTIMISERS:
        optimise(golden, name)
    cosine(golden)
    with torch.no_grad():
        layers(golden)
    golden.write(GOLDEN)


if __name__ == "__main__":
    main()
