"""The network in PyTorch: a residual network through layer3 and SimpleNet's head, as the paper writes it down."""
import torch
from torch import nn
from torch.nn import functional

# blocks in layer1 to layer3, bottleneck or not, width of a bottleneck's 3x3 beside a plain ResNet's
NETWORKS = {"resnet18": ((2, 2, 2), False, 1), "wide_resnet50_2": ((3, 4, 6), True, 2)}
HIDDEN = 1024


class Block(nn.Module):
    """Two 3x3 convolutions, or 1x1, 3x3 (with the stride) and 1x1; under torchvision's names."""

    def __init__(self, inputs, planes, stride, bottleneck, widening):
        super().__init__()
        outputs = 4 * planes if bottleneck else planes
        if bottleneck:
            width = planes * widening
            shapes = [(inputs, width, 1, 1), (width, width, 3, stride), (width, outputs, 1, 1)]
        else:
            shapes = [(inputs, outputs, 3, stride), (outputs, outputs, 3, 1)]
        for number, (i, o, kernel, step) in enumerate(shapes, 1):
            self.add_module(f"conv{number}", nn.Conv2d(i, o, kernel, step, kernel // 2, bias=False))
            self.add_module(f"bn{number}", nn.BatchNorm2d(o))
        self.count = len(shapes)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = x
        for number in range(1, self.count + 1):
            y = getattr(self, f"bn{number}")(getattr(self, f"conv{number}")(y))
            if number < self.count:
                y = functional.relu(y)
        return functional.relu(y + (x if self.downsample is None else self.downsample(x)))


class Backbone(nn.Module):
    def __init__(self, name):
        super().__init__()
        blocks, bottleneck, widening = NETWORKS[name]
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        channels, self.channels = 64, []
        for level, count in enumerate(blocks, 1):
            planes, layer = 32 * 2**level, []
            for number in range(count):
                layer.append(Block(channels, planes, 2 if number == 0 and level > 1 else 1, bottleneck, widening))
                channels = 4 * planes if bottleneck else planes
            self.add_module(f"layer{level}", nn.Sequential(*layer))
            self.channels.append(channels)

    def forward(self, x):
        x = functional.max_pool2d(functional.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        level2 = self.layer2(self.layer1(x))
        return level2, self.layer3(level2)


def local_features(levels):
    """3x3 means, layer3 on layer2's grid, channels side by side: rows of positions."""
    level2, level3 = (functional.avg_pool2d(level, 3, 1, 1) for level in levels)
    level3 = functional.interpolate(level3, size=level2.shape[-2:], mode="bilinear", align_corners=False)
    return torch.cat([level2, level3], 1).permute(0, 2, 3, 1).flatten(0, 2)


class Head(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.adaptor = nn.Linear(channels, channels, bias=False)
        self.body = nn.Sequential(nn.Linear(channels, HIDDEN), nn.BatchNorm1d(HIDDEN), nn.LeakyReLU(0.2))
        self.tail = nn.Linear(HIDDEN, 1, bias=False)


class SimpleNet(nn.Module):
    """Images [n,3,h,w] -> raw score maps [n,h/8,w/8]."""

    def __init__(self, name):
        super().__init__()
        self.backbone = Backbone(name)
        self.head = Head(sum(self.backbone.channels[1:]))

    def forward(self, images):
        level2, level3 = self.backbone(images)
        rows = local_features((level2, level3))
        scores = self.head.tail(self.head.body(self.head.adaptor(rows)))
        return -scores.reshape(level2.shape[0], level2.shape[2], level2.shape[3])


OURS_TO_HERE = {
    "pre_projection.layers.0fc.": "head.adaptor.",
    "discriminator.body.block1.0.": "head.body.0.",
    "discriminator.body.block1.1.": "head.body.1.",
    "discriminator.tail.": "head.tail.",
}


def load(name, arrays):
    """In evaluation mode, with the values that our program exported."""
    state = {}
    for key, array in arrays.items():
        if key == "images":
            continue
        for ours, here in OURS_TO_HERE.items():
            key = key.replace(ours, here) if key.startswith(ours) else key
        state[key] = torch.from_numpy(array)
    model = SimpleNet(name)
    missing, unexpected = model.load_state_dict(state, strict=False)
    missing = [key for key in missing if not key.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(f"weights do not fit: missing {missing}, left over {unexpected}")
    return model.eval()
