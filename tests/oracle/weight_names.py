"""Names and shapes of the tensors in files of timm's and torchvision's networks that are named otherwise than ours, and
what some of these networks give with weights by formula, under their names, in float64.

    python3 tests/oracle/weight_names.py

writes tests/golden/weight_names.pth, by our network a dictionary of names and shapes, and
tests/golden/weight_names.safetensors, maps of our levels. timm 1.0 and torchvision are needed.
"""
import io
import pickletools
import zipfile
from pathlib import Path

import timm
import torch
from timm.layers import resample_abs_pos_embed
from torchvision.models.vision_transformer import VisionTransformer

from formula import Golden, fill, formula

FOLDER = Path(__file__).resolve().parent.parent / "golden"
OTHERS = {  # ours: timm's
    "efficientnet_b0": "efficientnet_b0", "efficientnet_lite0": "tf_efficientnet_lite0",
    "mobilenet_v2": "mobilenetv2_100", "mobilenet_v3_small": "mobilenetv3_small_100", "convnext_tiny": "convnext_tiny",
    "regnet_y_400mf": "regnety_004", "vgg11_bn": "vgg11_bn", "resnet18": "resnet18",
    "dinov2_vits14": "vit_small_patch14_dinov2", "dinov2_vits14_reg4": "vit_small_patch14_reg4_dinov2",
}
STAGES = {"features.1": 0, "features.2": 1, "features.3": 2, "features.5": 4, "features.7": 6}
COMPUTED = {  # levels and the parts of timm's network behind which they are
    "efficientnet_b0": STAGES,
    "efficientnet_lite0": dict(zip([f"_blocks.{i}" for i in (0, 2, 4, 10, 15)], STAGES.values())),
    "mobilenet_v2": dict(zip([f"features.{i}" for i in (1, 3, 6, 13, 17)], STAGES.values())),
    "convnext_tiny": {"features.1": 0, "features.3": 1},
    "regnet_y_400mf": {f"trunk_output.block{i + 1}": i for i in range(4)},
}


def parts(network):
    """Its stem, and its stages in order."""
    if hasattr(network, "stem"):
        return network.stem, network.stages if hasattr(network, "stages") else [getattr(network, f"s{i}")
                                                                                 for i in range(1, 5)]
    return torch.nn.Sequential(network.conv_stem, network.bn1), network.blocks


@torch.no_grad()
def convolutional(golden, name, levels):
    stem, stages = parts(fill(timm.create_model(OTHERS[name], pretrained=False).double()).eval())
    x = stem(2 * formula("images", [1, 3, 64, 64]))
    for number, stage in enumerate(stages):
        x = stage(x)
        for level, last in levels.items():
            if last == number:
                golden.add(f"{name}/{level}", x, samples=24)


def keep_tokens(golden, key, x, height, width):
    grid = x[:, -height * width:].transpose(1, 2).reshape(x.shape[0], -1, height, width)
    golden.add(key, grid, samples=24)


@torch.no_grad()
def registers(golden, name):
    network = fill(timm.create_model(OTHERS[name], pretrained=False).double()).eval()
    images = network.patch_embed.proj(2 * formula("images", [1, 3, 56, 42])).flatten(2).transpose(1, 2)
    images = images + resample_abs_pos_embed(network.pos_embed, (4, 3), num_prefix_tokens=0)
    x = torch.cat([network.cls_token, network.reg_token, images], 1)
    for number in range(2):
        x = network.blocks[number](x)
        keep_tokens(golden, f"{name}/blocks.{number}", x, 4, 3)


def torchvision_vit(layers):
    return VisionTransformer(image_size=224, patch_size=16, num_layers=layers, num_heads=12, hidden_dim=768,
                             mlp_dim=3072)


@torch.no_grad()
def vit(golden, name):
    network = fill(torchvision_vit(2).double()).eval()
    x = network._process_input(2 * formula("images", [1, 3, 224, 224]))
    x = torch.cat([network.class_token, x], 1) + network.encoder.pos_embedding
    for number, layer in enumerate(network.encoder.layers):
        x = layer(x)
        keep_tokens(golden, f"{name}/blocks.{number}", x, 14, 14)


def shapes_of(networks):
    """{network: {name: shape}}, all shapes in one storage, so that the file stays small."""
    shapes = {name: {key: tuple(value.shape) for key, value in network.state_dict().items()}
              for name, network in networks.items()}
    places, pool = {}, []
    for shape in (shape for names in shapes.values() for shape in names.values()):
        if shape not in places:
            places[shape] = len(pool)
            pool += shape
    pool = torch.tensor(pool)
    return {name: {key: pool[places[shape]:places[shape] + len(shape)] for key, shape in names.items()}
            for name, names in shapes.items()}


def main():
    golden = Golden()
    for name, levels in COMPUTED.items():
        convolutional(golden, name, levels)
    registers(golden, "dinov2_vits14_reg4")
    vit(golden, "vit_b_16")
    golden.write(FOLDER / "weight_names.safetensors")
    networks = {ours: timm.create_model(name, pretrained=False) for ours, name in OTHERS.items()}
    networks["vit_b_16"] = torchvision_vit(12)
    whole = io.BytesIO()
    torch.save(shapes_of(networks), whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(FOLDER / "weight_names.pth", "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename.endswith("data.pkl"):
                content = pickletools.optimize(content)
            target.writestr(zipfile.ZipInfo(entry.filename), content, zipfile.ZIP_DEFLATED, 9)


if __name__ == "__main__":
    main()
