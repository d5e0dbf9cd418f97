"""Goldens for the metrics: scikit-learn for AUROC, average precision and F1, brute force over all thresholds for AU-PRO.

Inputs come from a formula that tests/test_metrics.c repeats, so only results are stored: run from the repository root,
this writes tests/golden/metrics.h.
"""

from fractions import Fraction

import numpy as np
from scipy.ndimage import label as connected_components
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

from hash64 import hash64


def score(seed, index, levels, boost):
    """One of `levels` values from -0.5 up, `boost` levels higher for positives; exact in float32."""
    return np.float32((hash64(seed, index) >> 40) % levels + boost - levels // 2) / np.float32(256)


def make(case):
    """Image scores and labels, maps and masks, as the C test makes them."""
    seed, images, height, width, levels, boost, discs = case
    masks = np.zeros((images, height, width), np.uint8)
    for n in range(images):
        for k in range(discs if n % 3 else 0):  # every third image is good
            h = hash64(seed + 1, n * 64 + k)
            cy, cx, r = h % height, (h >> 16) % width, (h >> 32) % 4
            y, x = np.ogrid[:height, :width]
            masks[n][(y - cy) ** 2 + (x - cx) ** 2 <= r * r] = 1 + (h >> 40) % 255
    flat = masks.reshape(-1)
    maps = np.array([score(seed, i, levels, boost if flat[i] else 0) for i in range(flat.size)], np.float32)
    labels = (masks.reshape(images, -1) != 0).any(1)
    scores = np.array([score(seed + 2, i, levels, boost if labels[i] else 0) for i in range(images)], np.float32)
    return scores, labels, maps.reshape(masks.shape), masks


def f1_max(labels, scores):
    """Maximum of F1 in exact fractions; of equals the largest threshold. Checked against scikit-learn's curve."""
    best, threshold = Fraction(-1), None
    for t in np.unique(scores)[::-1]:
        called = scores >= t
        f1 = Fraction(2 * int((called & labels).sum()), int(called.sum()) + int(labels.sum()))
        if f1 > best:
            best, threshold = f1, t
    precision, recall, _ = precision_recall_curve(labels, scores)
    curve = 2 * precision * recall / np.maximum(precision + recall, 1e-300)
    assert abs(curve.max() - float(best)) < 1e-12
    return float(best), float(threshold)


def au_pro(maps, masks, limit):
    """Every threshold, every region, by definition."""
    regions = []
    for n, mask in enumerate(masks):
        numbered, count = connected_components(mask != 0, structure=np.ones((3, 3), int))
        regions += [(n, numbered == k) for k in range(1, count + 1)]
    good = masks == 0
    x, y = [0.0], [0.0]
    for t in np.unique(maps)[::-1]:
        called = maps >= t
        x.append((called & good).sum() / good.sum())
        y.append(np.mean([called[n][region].mean() for n, region in regions]))
    x, y = np.array(x), np.array(y)
    inside = x <= limit
    last = inside.sum() - 1
    xs, ys = list(x[inside]), list(y[inside])
    if xs[-1] < limit:
        share = (limit - x[last]) / (x[last + 1] - x[last])
        xs.append(limit)
        ys.append(y[last] + share * (y[last + 1] - y[last]))
    return np.trapz(ys, xs) / limit, len(regions)


# seed, images, height, width, levels, boost, discs
CASES = [
    (1, 12, 24, 20, 1 << 20, 1 << 18, 3),  # nearly no ties
    (2, 12, 24, 20, 16, 4, 3),  # heavy ties
    (3, 9, 17, 31, 3, 1, 2),  # three values
    (4, 6, 16, 16, 1, 0, 2),  # all equal
    (5, 6, 16, 16, 8, 64, 2),  # perfectly separated
    (6, 6, 16, 16, 64, -64, 4),  # perfectly wrong
    (7, 5, 1, 64, 256, 32, 2),  # one row
    (8, 30, 32, 32, 4096, 1024, 6),  # many regions, touching at corners
]


def main():
    lines = []
    for case in CASES:
        scores, labels, maps, masks = make(case)
        truth, flat = (masks != 0).reshape(-1), maps.reshape(-1)
        image_f1, image_threshold = f1_max(labels, scores)
        pixel_f1, pixel_threshold = f1_max(truth, flat)
        pro, regions = au_pro(maps, masks, 0.3)
        pro_all, _ = au_pro(maps, masks, 1.0)
        values = [
            roc_auc_score(labels, scores), average_precision_score(labels, scores), image_f1, image_threshold,
            roc_auc_score(truth, flat), average_precision_score(truth, flat), pixel_f1, pixel_threshold, pro, pro_all,
        ]
        print(case, regions, values)
        head = "{" + ", ".join(str(v) for v in case) + ", " + str(regions) + ","
        lines.append("    " + head + "\n     {" + ",\n      ".join(f"{float(v):.17g}" for v in values) + "}},")
    with open("tests/golden/metrics.h", "w") as file:
        file.write(
            "/* Written by tests/oracle/metrics.py: seed, images, height, width, levels, boost, discs; regions; then\n"
            " * image AUROC, AP, F1-max, its threshold; the same of pixels; AU-PRO up to 0.3 and up to 1. */\n"
            "static const MetricCase golden_cases[] = {\n" + "\n".join(lines) + "\n};\n"
        )


main()
