"""PatchCore (Roth et al., CVPR 2022) by NumPy and scikit-learn, in float64 from numbers by formula: the greedy coreset of
randomly projected features, and patch and image scores.

    /usr/bin/python3 tests/oracle/patchcore.py        writes tests/golden/patchcore.safetensors
"""
from pathlib import Path

import numpy as np
from sklearn.metrics import pairwise_distances
from sklearn.neighbors import NearestNeighbors

from formula import Golden, formula

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
    rows = tested.reshape(-1, bank.shape[1])
    search = NearestNeighbors(algorithm="brute").fit(bank)
    distance, nearest = search.kneighbors(rows, 1)
    patches = distance.reshape(tested.shape[:3])
    images = []
    for image in range(len(tested)):
        cells = SIDE * SIDE
        worst = image * cells + patches[image].argmax()
        around = search.kneighbors(bank[nearest[worst]], neighbours, return_distance=False)[0]
        exponentials = np.exp(np.linalg.norm(rows[worst] - bank[around], axis=1))
        weight = 1 - np.exp(distance[worst, 0]) / exponentials.sum()
        images.append(weight * distance[worst, 0])
    return patches, np.array(images)


def main():
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
