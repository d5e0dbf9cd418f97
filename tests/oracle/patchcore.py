"""PatchCore (Roth et al., CVPR 2022) by NumPy and scikit-learn, in float64 from numbers by formula: the greedy coreset of
randomly projected features, and patch and image scores.

    /usr/bin/python3 tests/oracle/patchcore.py        writes tests/golden/patchcore.safetensors

The whole method on photographs in MVTec AD's layout, with ResNet-18, for docs/patchcore.md:

    /usr/bin/python3 tests/oracle/patchcore.py CATEGORY_FOLDER WEIGHTS
"""
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from PIL import Image
from scipy.ndimage import gaussian_filter
from sklearn.metrics import pairwise_distances, roc_auc_score
from sklearn.neighbors import NearestNeighbors
from torchvision import transforms

from formula import Golden, formula, read_safetensors

GOLDEN = Path(__file__).resolve().parent.parent / "golden/patchcore.safetensors"

# tests/test_patchcore.c has the same names and numbers
IMAGES, TESTED, SIDE, CHANNELS, PROJECTED, CENTRES, FIRST, NEIGHBOURS = 20, 3, 8, 24, 16, 128, 77, 9


def features(name, images):
    """[images,SIDE,SIDE,CHANNELS]: a smooth part that all images share, and a little of each one's own."""
    shared = formula("shared", [SIDE, SIDE, CHANNELS]).numpy()
    return shared + 0.5 * formula(name, [images, SIDE, SIDE, CHANNELS]).numpy()


def greedy(points, wanted, first):
    """Algorithm 1: the matrix of all distances, and the farthest point again and again."""
    distances = pairwise_distances(points)
    chosen, nearest = [first], distances[first].copy()
    while len(chosen) < wanted:
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, distances[chosen[-1]])
    return np.array(chosen)


def scores(bank, tested, neighbours):
    """Equations 6 and 7."""
    height, width = tested.shape[1:3]
    rows = tested.reshape(-1, bank.shape[1])
    search = NearestNeighbors(algorithm="brute").fit(bank)
    distance, nearest = search.kneighbors(rows, 1)
    patches = distance.reshape(tested.shape[:3])
    images = []
    for image in range(len(tested)):
        worst = image * height * width + patches[image].argmax()
        around = search.kneighbors(bank[nearest[worst]], neighbours, return_distance=False)[0]
        exponentials = np.exp(np.linalg.norm(rows[worst] - bank[around], axis=1))
        weight = 1 - np.exp(distance[worst, 0]) / exponentials.sum()
        images.append(weight * distance[worst, 0])
    return patches, np.array(images)


# ---- on photographs ----


def view(path, normalise=True):
    steps = [transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor()]
    if normalise:
        steps.append(transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    return transforms.Compose(steps)(Image.open(path).convert("RGB" if normalise else "L"))


@torch.no_grad()
def features_of(network, paths):
    """[images,28,28,1024]: levels 2 and 3, neighbourhoods unfolded and pooled, as in the released code."""
    images = torch.stack([view(path) for path in paths])
    stem = network.maxpool(network.relu(network.bn1(network.conv1(images))))
    second = network.layer2(network.layer1(stem))
    vectors = []
    for level in second, network.layer3(second):
        columns = F.unfold(level, 3, padding=1).reshape(len(images), -1, *level.shape[2:])
        columns = F.interpolate(columns, second.shape[2:], mode="bilinear", align_corners=False)
        vectors.append(F.adaptive_avg_pool1d(columns.flatten(2).transpose(1, 2), 1024))
    return F.adaptive_avg_pool1d(torch.cat(vectors, 2), 1024).reshape(len(images), *second.shape[2:], 1024).numpy()


def greedy_of_many(points, wanted):
    """greedy() without the matrix, from point 0."""
    norms = (points**2).sum(1)
    chosen, nearest = [0], np.full(len(points), np.inf, np.float32)
    while len(chosen) < wanted:
        last = points[chosen[-1]]
        nearest = np.minimum(nearest, norms + last @ last - 2 * points @ last)
        chosen.append(int(nearest.argmax()))
    return np.array(chosen)


def whole(folder, weights):
    network = torchvision.models.resnet18().eval()
    network.load_state_dict(read_safetensors(weights), strict=False)
    training, tested = sorted((folder / "train/good").glob("*.png")), sorted((folder / "test").glob("*/*.png"))
    of_eight = [training[i : i + 8] for i in range(0, len(training), 8)]
    rows = np.concatenate([features_of(network, paths) for paths in of_eight]).reshape(-1, 1024)
    projection = np.random.default_rng(0).standard_normal((1024, 128)).astype(np.float32)
    bank = rows[greedy_of_many(rows @ projection, len(rows) // 10)]
    images, maps, masks = [], [], []
    for path in tested:
        patches, image = scores(bank, features_of(network, [path]), NEIGHBOURS)
        resized = F.interpolate(torch.from_numpy(patches)[None], 224, mode="bilinear", align_corners=False)
        images.append(image[0])
        maps.append(gaussian_filter(resized[0, 0].numpy(), 4))
        mask = folder / "ground_truth" / path.parent.name / f"{path.stem}_mask.png"
        masks.append(view(mask, False)[0].numpy() > 0.5 if mask.exists() else np.zeros((224, 224), bool))
    labels = [path.parent.name != "good" for path in tested]
    print(f"image AUROC {roc_auc_score(labels, images):.4f}")
    print(f"pixel AUROC {roc_auc_score(np.array(masks).ravel(), np.array(maps).ravel()):.4f}")


def main():
    if len(sys.argv) == 3:
        whole(Path(sys.argv[1]), Path(sys.argv[2]))
        return
    golden = Golden()
    training, tested = features("training", IMAGES).reshape(-1, CHANNELS), features("tested", TESTED)
    tested[1, 2, 3] = training[5]
    points = training @ formula("projection", [PROJECTED, CHANNELS]).numpy().T
    chosen = greedy(points, CENTRES, FIRST)
    bank = training[chosen]
    golden.add("chosen", chosen)
    for neighbours in (NEIGHBOURS, 3):
        patches, images = scores(bank, tested, neighbours)
        golden.add(f"images/{neighbours}", images)
    golden.add("patches", patches)
    golden.write(GOLDEN)


if __name__ == "__main__":
    main()
