"""Text with numbers in it: the same where the words are the same and the numbers are near."""

import re

RELATIVE, ABSOLUTE = 0.02, 0.002
NUMBER = re.compile(r"(?<![\w.])[-+−]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\d+(?:\.\d+)?")


def parts(text):
    """The words of a text with # for each number, and the numbers."""
    numbers = [float(match.replace("−", "-")) for match in NUMBER.findall(text)]
    return " ".join(NUMBER.sub("#", text).split()), numbers


def near(a, b):
    return abs(a - b) <= ABSOLUTE + RELATIVE * max(abs(a), abs(b))


def same(expected, found, measured=False):
    """Whether two texts agree; measured: numbers are not compared."""
    expected_words, expected_numbers = parts(expected)
    found_words, found_numbers = parts(found)
    if expected_words != found_words:
        return False
    return measured or all(near(a, b) for a, b in zip(expected_numbers, found_numbers))
