"""Text with numbers in it: the same where the words are the same and the numbers are near, those of bytes equal."""

import collections
import re

# By how much numbers may differ: a share of themselves, or that much, and whole ones by so many.
Tolerance = collections.namedtuple("Tolerance", "share absolute whole")
USUAL = Tolerance(0.02, 0.002, 0)
NUMBER = re.compile(r"(?<![\w.])[-+−]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\d+(?:\.\d+)?")


BYTES = re.compile(r"(" + NUMBER.pattern + r")(?= ?(?:bytes|[kMG]?B)\b)")


def parts(text):
    """The words of a text with # for each number, and the numbers."""
    numbers = [float(match.replace("−", "-")) for match in NUMBER.findall(text)]
    return " ".join(NUMBER.sub("#", text).split()), numbers


def sizes(text):
    """The numbers that have a unit of bytes, as texts."""
    return [match.group(1) for match in BYTES.finditer(text)]


def near(a, b, tolerance):
    whole = tolerance.whole if a.is_integer() and b.is_integer() else 0
    return abs(a - b) <= max(tolerance.absolute + tolerance.share * max(abs(a), abs(b)), whole)


def same(expected, found, tolerance=USUAL):
    """Whether two texts agree; tolerance None: numbers are not compared."""
    expected_words, expected_numbers = parts(expected)
    found_words, found_numbers = parts(found)
    if expected_words != found_words:
        return False
    # No arithmetic rounds a number of bytes.
    if tolerance == USUAL and sizes(expected) != sizes(found):
        return False
    return tolerance is None or all(near(a, b, tolerance) for a, b in zip(expected_numbers, found_numbers))
