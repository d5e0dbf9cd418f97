"""What the convolutional families of backbones give with weights by formula, in float64: of every network the names and
shapes of its state as a hash, and of some the maps of their levels.

    /usr/bin/python3 tests/oracle/convolutional.py        writes tests/golden/convolutional.safetensors

EfficientNet-Lite comes from the package efficientnet_lite_pytorch, all others from torchvision.
"""
import hashlib
from pathlib import Path

import torch
import torchvision.models as models
from torchvision.models.resnet import Bottleneck

from formula import Golden, fill, formula

GOLDEN = Path(__file__).resolve().parent.parent / "golden/convolutional.safetensors"
SIZES = {"even": [2, 3, 64, 64], "odd": [1, 3, 65, 49]}


def features(*numbers):
    return [f"features.{number}" for number in numbers]


def resnet_v1(name):
    """torchvision's network with a bottleneck's stride in its first convolution."""
    network = getattr(models, name[:-len("_v1")])(weights=None)
    for module in network.modules():
        if isinstance(module, Bottleneck):
            module.conv1.stride, module.conv2.stride = module.conv2.stride, (1, 1)
    return network


def efficientnet_lite(name):
    """Padded by the size that comes, not by the one that the network was trained on."""
    from efficientnet_lite_pytorch import EfficientNet
    return EfficientNet.from_name(name.replace("_", "-"), image_size=None)


def network_of(name):
    if name.endswith("_v1"):
        return resnet_v1(name)
    return efficientnet_lite(name) if "_lite" in name else getattr(models, name)(weights=None)


# name: (levels, whether their maps are written)
NETWORKS = {
    **{name: ([f"layer{i}" for i in range(1, 5)], name == "resnet50_v1")
       for name in ["resnet50_v1", "resnet101_v1", "resnet152_v1"]},
    "vgg11": (features(1, 4, 9, 14, 19), True),
    "vgg13": (features(3, 8, 13, 18, 23), False),
    "vgg16": (features(3, 8, 15, 22, 29), False),
    "vgg19": (features(3, 8, 17, 26, 35), False),
    "vgg11_bn": (features(2, 6, 13, 20, 27), True),
    "vgg13_bn": (features(5, 12, 19, 26, 33), False),
    "vgg16_bn": (features(5, 12, 22, 32, 42), False),
    "vgg19_bn": (features(5, 12, 25, 38, 51), False),
    **{name: ([f"features.denseblock{i}" for i in range(1, 5)], name == "densenet121")
       for name in ["densenet121", "densenet169", "densenet201"]},
    "mobilenet_v2": (features(1, 3, 6, 13, 17), True),
    "mobilenet_v3_small": (features(0, 1, 3, 8, 11), True),
    "mobilenet_v3_large": (features(1, 3, 6, 12, 15), True),
    **{name: (features(1, 2, 3, 5, 7), name == "efficientnet_b0")
       for name in ["efficientnet_b0", "efficientnet_b1", "efficientnet_b2", "efficientnet_b3"]},
    **{name: ([f"trunk_output.block{i}" for i in range(1, 5)], name == "regnet_y_400mf")
       for name in ["regnet_y_400mf", "regnet_y_800mf", "regnet_y_1_6gf", "regnet_y_3_2gf"]},
    **{name: ([f"_blocks.{i}" for i in blocks], name == "efficientnet_lite0")
       for name, blocks in [("efficientnet_lite0", [0, 2, 4, 10, 15]), ("efficientnet_lite1", [0, 3, 6, 14, 20]),
                            ("efficientnet_lite2", [0, 3, 6, 14, 20])]},
}


def through(network, deepest):
    """The state as far as that module, without what comes after it."""
    order = [name for name, _ in network.named_modules()]
    last = max(i for i, name in enumerate(order) if name == deepest or name.startswith(deepest + "."))
    after = {name for name in order[last + 1:] if not deepest.startswith(name + ".")}
    return {key: value for key, value in network.state_dict().items()
            if key.rpartition(".")[0] not in after and not key.endswith("num_batches_tracked")}


@torch.no_grad()
def levels_of(network, levels, images):
    """{name of a module: its output}"""
    outputs = {}

    def keep(level):
        return lambda module, inputs, output: outputs.__setitem__(level, output.clone())

    hooks = [network.get_submodule(level).register_forward_hook(keep(level)) for level in levels]
    network(images)
    for hook in hooks:
        hook.remove()
    return outputs


@torch.no_grad()
def forward(golden, name, network, levels, with_maps):
    lines = [f"{key} {list(value.shape)}\n" for key, value in through(network, levels[-1]).items()]
    golden.texts[f"{name}/state"] = hashlib.sha256("".join(lines).encode()).hexdigest()
    print(name, flush=True)
    if not with_maps:
        return
    network = fill(network.double()).eval()
    for size, shape in SIZES.items():
        for level, output in levels_of(network, levels, 2 * formula("images", shape)).items():
            golden.add(f"{name}/{size}/{level}", output, samples=24)


def main():
    golden = Golden()
    for name, (levels, with_maps) in NETWORKS.items():
        forward(golden, name, network_of(name), levels, with_maps)
    golden.write(GOLDEN)


if __name__ == "__main__":
    main()
