"""What timm's transformers and torchvision's ConvNeXt give with weights by formula, in float64.

    python3 tests/oracle/transformers.py        writes tests/golden/transformers.safetensors

timm and torchvision 0.15 or later are needed. DINOv2 is timm's network under the names of DINOv2's own files, with
positions resized as its hubconf's interpolate_pos_encoding does it.
"""
import hashlib
from pathlib import Path

import timm
import torch
import torch.nn.functional as F
import torchvision
from timm.layers import resample_abs_pos_embed

from formula import Golden, fill, formula

GOLDEN = Path(__file__).resolve().parent.parent / "golden/transformers.safetensors"
PARENTS = {
    "dinov2_vits14": "vit_small_patch14_dinov2",
    "dinov2_vitb14": "vit_base_patch14_dinov2",
    "dinov2_vits14_reg4": "vit_small_patch14_dinov2",
    "dinov2_vitb14_reg4": "vit_base_patch14_dinov2",
}
VITS = ["vit_small_patch16_224", "vit_base_patch16_224", "deit_small_patch16_224", "deit_base_patch16_224", *PARENTS]
COMPUTED = {  # sizes, and blocks whose tokens are kept
    "vit_small_patch16_224": {"odd": ([1, 3, 67, 53], [0, 3, 11]), "trained": ([1, 3, 224, 224], [0])},
    "dinov2_vits14": {"odd": ([1, 3, 71, 57], [0, 3])},
    "dinov2_vits14_reg4": {"odd": ([2, 3, 71, 57], [0, 3, 11])},
}
SIZES = {"even": [2, 3, 64, 64], "odd": [1, 3, 69, 41]}


def keep_state(golden, name, network, beyond):
    lines = [f"{key} {list(value.shape)}\n" for key, value in network.state_dict().items()
             if not key.startswith(beyond)]
    golden.texts[f"{name}/state"] = hashlib.sha256("".join(lines).encode()).hexdigest()


def make_vit(name):
    network = timm.create_model(PARENTS.get(name, name), pretrained=False)
    if name.endswith("reg4"):
        network.register_tokens = torch.nn.Parameter(torch.zeros(1, 4, network.embed_dim))
    return network.double().eval()


def positions(name, table, height, width):
    """Those of the patches."""
    side = int(table.shape[1] ** 0.5)
    if (height, width) == (side, side):
        return table
    options = dict(size=(height, width), antialias=True)
    if name in ("dinov2_vits14", "dinov2_vitb14"):
        options = dict(scale_factor=((height + 0.1) / side, (width + 0.1) / side), antialias=False)
    grid = table.reshape(1, side, side, -1).permute(0, 3, 1, 2)
    return F.interpolate(grid, mode="bicubic", align_corners=False, **options).permute(0, 2, 3, 1).flatten(1, 2)


@torch.no_grad()
def vit(golden, name):
    network = fill(make_vit(name))
    network.pos_embed.copy_(formula("pos_embed", network.pos_embed.shape))
    table = network.pos_embed[:, 1:]
    if name not in PARENTS:  # timm resizes in float32
        expected = resample_abs_pos_embed(table, (4, 3), num_prefix_tokens=0)
        assert (positions(name, table, 4, 3) - expected).abs().max() < 1e-6
    for size, (shape, blocks) in COMPUTED[name].items():
        images = network.patch_embed.proj(2 * formula("images", shape))
        n, channels, height, width = images.shape
        tokens = [(network.cls_token + network.pos_embed[:, :1]).expand(n, -1, -1)]
        if hasattr(network, "register_tokens"):
            tokens.append(network.register_tokens.expand(n, -1, -1))
        tokens.append(images.flatten(2).transpose(1, 2) + positions(name, table, height, width))
        x = torch.cat(tokens, 1)
        for number, block in enumerate(network.blocks):
            x = block(x)
            if number in blocks:
                grid = x[:, -height * width :].transpose(1, 2).reshape(n, channels, height, width)
                golden.add(f"{name}/{size}/blocks.{number}", grid, samples=24)


@torch.no_grad()
def convnext(golden, name):
    network = fill(getattr(torchvision.models, name)(weights=None).double()).eval()
    for size, shape in SIZES.items():
        x = 2 * formula("images", shape)
        for number, layer in enumerate(network.features):
            x = layer(x)
            if number % 2 == 1:
                golden.add(f"{name}/{size}/features.{number}", x, samples=24)


def main():
    golden = Golden()
    for name in VITS:
        keep_state(golden, name, make_vit(name), ("norm.", "head."))
    for name in ("convnext_tiny", "convnext_small"):
        keep_state(golden, name, getattr(torchvision.models, name)(weights=None), ("classifier.",))
    for name in COMPUTED:
        vit(golden, name)
    convnext(golden, "convnext_tiny")
    golden.write(GOLDEN)


if __name__ == "__main__":
    main()
