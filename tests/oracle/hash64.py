"""Whole numbers by formula, as tests/support/hash64.h has them."""
MASK = (1 << 64) - 1


def hash64(seed, index):
    """SplitMix64's finaliser over seed and index."""
    z = (seed * 0x9E3779B97F4A7C15 + index * 0xBF58476D1CE4E5B9 + 0x94D049BB133111EB) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)
