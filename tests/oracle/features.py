"""The levels that `simplenet features` wrote beside PyTorch's of the same input, by the largest difference.

    simplenet features --backbone resnet18 --weights FILE --levels 1,2,3 --out features.safetensors 000.png
    python3 tests/oracle/features.py features.safetensors FILE

FILE is safetensors or .pth and may lack what is behind the levels. Another framework is compared in the same way: its
network, "image", its levels.
"""
import sys

import torch
from safetensors.torch import load_file, safe_open

from convolutional import levels_of, network_of

with safe_open(sys.argv[1], "pt") as file, torch.no_grad():
    network = network_of(file.metadata()["backbone"]).eval()
    network.load_state_dict((torch.load if sys.argv[2].endswith(".pth") else load_file)(sys.argv[2]), strict=False)
    levels = [name for name in file.keys() if name != "image"]
    theirs = levels_of(network, levels, file.get_tensor("image"))
    for name in levels:
        difference = (file.get_tensor(name) - theirs[name]).abs().max() / theirs[name].abs().max()
        print(f"{name:12} {list(theirs[name].shape)}: {difference:.1e} of the largest")
