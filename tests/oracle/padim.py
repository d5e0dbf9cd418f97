"""PaDiM by NumPy and SciPy, in float64, independent of what it checks: covariances by numpy.cov, distances by
scipy.linalg.solve on them, nearest neighbours by numpy.kron.

    /usr/bin/python3 tests/oracle/padim.py                 writes tests/golden/padim.safetensors
    /usr/bin/python3 tests/oracle/padim.py bottle [COUNT]  trains and tests on the category of the folder that
                                                           SIMPLENET_SHARED names, prints the AUROCs and the seconds
                                                           and, into the file scores.csv, path and score
"""
import csv
import os
import sys
import time
from pathlib import Path

import numpy as np
import scipy.linalg
import scipy.ndimage
import torch
import torch.nn.functional as F

from formula import Golden, formula
from ops import philox

ROOT = Path(__file__).resolve().parent.parent.parent
GOLDEN = ROOT / "tests/golden/padim.safetensors"
SHARED = Path(os.environ.get("SIMPLENET_SHARED", ROOT.parent / "shared"))
CHANNEL_STREAM, REGULARIZATION, SMOOTHING = 6, 0.01, 4

# tests/test_padim.c has the same numbers
TRAINING, TESTS, CROP, SEED, CHOSEN = 9, 3, 32, 7, 5
LEVELS = [[6, 6, 4], [3, 3, 5], [2, 2, 3]]  # rows, columns, channels


def permutation(seed, stream, count):
    """Fisher and Yates; the place for element i is drawn from [0, i] by the first two words of block i."""
    order = np.arange(count)
    for i in range(count - 1, 0, -1):
        words = [int(word) for word in philox(seed, stream, 0, 4 * i, 2)[:2]]
        other = (words[0] << 32 | words[1]) * (i + 1) >> 64
        order[i], order[other] = order[other], order[i]
    return order


def embed(levels):
    """[N,h,w,C] each -> [N,H,W,sum of C]: every level on the grid of the first."""
    rows, columns = levels[0].shape[1:3]
    return np.concatenate(
        [np.repeat(np.repeat(x, rows // x.shape[1], 1), columns // x.shape[2], 2) for x in levels], axis=3
    )


class Padim:
    def __init__(self, features, channels):
        """features [N,h,w,C]"""
        self.channels = channels
        x = features[..., channels].astype(np.float64)
        images, self.rows, self.columns, count = x.shape
        x = x.reshape(images, -1, count)
        self.mean = x.mean(0)
        self.covariance = [np.cov(x[:, p], rowvar=False) + REGULARIZATION * np.eye(count) for p in range(x.shape[1])]

    def distances(self, features):
        """[N,h,w]"""
        x = features[..., self.channels].astype(np.float64)
        difference = x.reshape(len(x), -1, x.shape[3]) - self.mean
        squares = [
            np.sum(difference[:, p].T * scipy.linalg.solve(covariance, difference[:, p].T, assume_a="pos"), axis=0)
            for p, covariance in enumerate(self.covariance)
        ]
        return np.sqrt(squares).T.reshape(-1, self.rows, self.columns)


def maps_of(distances, crop):
    """Resized bilinearly and smoothed: [N,crop,crop]. An image's score is its map's maximum."""
    large = F.interpolate(torch.from_numpy(distances)[:, None], (crop, crop), mode="bilinear", align_corners=False)
    return np.stack([scipy.ndimage.gaussian_filter(plane, SMOOTHING) for plane in large[:, 0].numpy()])


def golden():
    levels = [formula(f"level {i}", [TRAINING + TESTS] + shape).numpy() for i, shape in enumerate(LEVELS)]
    features = embed(levels)
    channels = np.sort(permutation(SEED, CHANNEL_STREAM, features.shape[3])[:CHOSEN])
    model = Padim(features[:TRAINING], channels)
    distances = model.distances(features[TRAINING:])
    maps = maps_of(distances, CROP)
    results = Golden()
    results.add("channels", channels)
    results.add("mean", model.mean)
    results.add("covariance", np.stack(model.covariance))
    results.add("patches", distances)
    results.add("maps", maps, 200)
    results.add("scores", maps.max((1, 2)))
    results.write(GOLDEN)


# ---- a whole category ----


def resnet18(path):
    import torchvision
    from formula import read_safetensors

    network = torchvision.models.resnet18()
    network.load_state_dict(read_safetensors(path), strict=False)
    return network.eval()


@torch.no_grad()
def levels_of(network, files):
    from PIL import Image
    from torchvision import transforms

    view = transforms.Compose(
        [
            transforms.Resize(256),
            transforms.CenterCrop(224),
            transforms.ToTensor(),
            transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ]
    )
    parts = []
    for file in files:
        x = view(Image.open(file).convert("RGB"))[None]
        x = network.maxpool(network.relu(network.bn1(network.conv1(x))))
        levels = []
        for layer in (network.layer1, network.layer2, network.layer3):
            x = layer(x)
            levels.append(x.permute(0, 2, 3, 1).numpy())
        parts.append(embed(levels))
    return np.concatenate(parts)


def category(name, count):
    from PIL import Image
    from sklearn.metrics import roc_auc_score
    from torchvision import transforms

    start = time.time()
    network = resnet18(SHARED / "weights/resnet18-imagenet-to-layer3.safetensors")
    folder = SHARED / "data/mvtec" / name
    training = sorted((folder / "train/good").glob("*.png"))
    tests = sorted((folder / "test").glob("*/*.png"))
    channels = np.sort(permutation(0, CHANNEL_STREAM, 448)[:count])
    model = Padim(levels_of(network, training)[..., channels], np.arange(count))
    maps = maps_of(model.distances(levels_of(network, tests)[..., channels]), 224)
    scores, labels = maps.max((1, 2)), [file.parent.name != "good" for file in tests]
    masks = []
    for file, is_defect in zip(tests, labels):
        size = transforms.Compose(
            [transforms.Resize(256, transforms.InterpolationMode.NEAREST), transforms.CenterCrop(224)]
        )
        mask = folder / "ground_truth" / file.parent.name / f"{file.stem}_mask.png"
        masks.append(np.array(size(Image.open(mask))) > 127 if is_defect else np.zeros((224, 224), bool))
    print(f"image AUROC {roc_auc_score(labels, scores):.6f}", end=", ")
    print(f"pixel AUROC {roc_auc_score(np.ravel(masks), np.ravel(maps)):.6f}, {time.time() - start:.0f} s")
    with open("scores.csv", "w", newline="") as file:
        csv.writer(file).writerows([str(test.relative_to(folder)), repr(float(s))] for test, s in zip(tests, scores))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        category(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100)
    else:
        golden()
