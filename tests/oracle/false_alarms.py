"""Goldens for the threshold by good photographs: SciPy's Beta distribution for shares, quantiles and intervals, NumPy's
sorting for the order statistic, and exact fractions for its rank.

Scores come from a formula that tests/test_false_alarms.c repeats, so only results are stored: run from the repository
root, this writes tests/golden/false_alarms.h.
"""

from fractions import Fraction
from math import ceil

import numpy as np
from scipy.stats import beta, binomtest

from hash64 import hash64


def scores_of(seed, count, levels):
    return np.array([np.float32((hash64(seed, i) >> 40) % levels - levels // 4) / np.float32(256)
                     for i in range(count)], np.float32)


def case_of(seed, count, levels, rate_text):
    rate = Fraction(rate_text)
    scores = np.sort(scores_of(seed, count, levels)).astype(np.float64)
    rank = ceil((count + 1) * (1 - rate))
    enough = rank <= count
    below = scores[min(rank, count) - 1]
    larger = scores[scores > below]
    if larger.size:
        threshold = (below + larger[0]) / 2
    else:
        threshold = below + max(1e-5 * np.abs(scores).max(), np.finfo(float).tiny)
    alarms = int((scores >= threshold).sum())
    low = beta.ppf(0.025, alarms, count - alarms + 1) if alarms > 0 else 0.0
    high = beta.ppf(0.975, alarms + 1, count - alarms)
    interval = binomtest(alarms, count).proportion_ci(0.95, method="exact")  # by a root search, to some 1e-12
    assert abs(interval.low - low) < 1e-10 and abs(interval.high - high) < 1e-10
    needed = ceil(1 / rate) - 1
    assert enough == (count >= needed)
    return [float(rate), needed, alarms, threshold, threshold - np.median(scores), low, high]


# seed, photographs, levels of scores, rate
CASES = [
    (1, 99, 1 << 20, "0.01"),  # exactly enough: the largest
    (2, 98, 1 << 20, "0.01"),  # one too few
    (3, 200, 1 << 20, "0.01"),
    (4, 1000, 1 << 20, "0.01"),
    (5, 1000, 1 << 20, "0.05"),
    (6, 20, 1 << 20, "0.05"),
    (7, 19, 1 << 20, "0.05"),
    (8, 2, 1 << 20, "0.5"),
    (9, 3, 1 << 20, "0.5"),
    (10, 60, 1 << 20, "0.01"),
    (11, 300, 16, "0.1"),  # heavy ties
    (12, 50, 1, "0.1"),  # all equal, and 0
    (13, 299, 1 << 20, "0.07"),  # (n + 1) rate is 21, and 21.000000000000004 in floating point
    (14, 5000, 1 << 20, "0.001"),
    (15, 999, 1 << 20, "0.001"),
]

SHARES = [(x, a, b) for x in (1e-9, 0.001, 0.2, 0.5, 0.9, 0.9999) for a, b in
          ((1, 1), (1, 99), (99, 1), (2, 3), (40, 60), (1000, 9), (9, 1000), (1, 100000), (50000, 50001))]
QUANTILES = [(p, a, b) for p in (0.025, 0.5, 0.975) for a, b in
             ((1, 1), (1, 99), (99, 1), (2, 3), (40, 60), (1000, 9), (9, 1000), (1, 100000), (50000, 50001))]


def rows(values):
    return "".join("    {" + ", ".join(f"{v:.17g}" for v in row) + "},\n" for row in values)


def main():
    with open("tests/golden/false_alarms.h", "w") as file:
        file.write("/* Written by tests/oracle/false_alarms.py.\n"
                   " * Seed, photographs, levels; rate, photographs needed, alarms, threshold, scale, interval. */\n"
                   "static const AlarmCase alarm_cases[] = {\n")
        for case in CASES:
            values = case_of(*case)
            file.write("    {" + ", ".join(str(v) for v in case[:3]) + ", {" +
                       ", ".join(f"{float(v):.17g}" for v in values) + "}},\n")
        file.write("};\n\n/* x, a, b, share. */\nstatic const double share_cases[][4] = {\n" +
                   rows([(x, a, b, beta.cdf(x, a, b)) for x, a, b in SHARES]) +
                   "};\n\n/* share, a, b, x. */\nstatic const double quantile_cases[][4] = {\n" +
                   rows([(p, a, b, beta.ppf(p, a, b)) for p, a, b in QUANTILES]) + "};\n")


main()
