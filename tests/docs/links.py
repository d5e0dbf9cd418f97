"""Finds dead links in all Markdown files of the repository: files, folders and headings. Nothing is asked of the network.

    python3 tests/docs/links.py [FILE...]
"""

import os
import re
import sys
import urllib.parse

import markdown

# Source files that pages name without a link; those of the how-to pages are the reader's to write.
NAMED = re.compile(r"`((?:anomaly|api|autograd|backends|base|bench|cli|datasets|docs|examples|metrics|mk|models|nn|onnx|"
                   r"packaging|plan|report|serve|studies|tensor|tests|tuning)/[\w./-]+\.(?:c|h|cu|cpp|md|sh|py|mk|js|css|html))`")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def is_inside(path):
    return not os.path.relpath(path).startswith("..")


def problem(page, target):
    """What is wrong with a link of a page, or None."""
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return None
    path, _, anchor = urllib.parse.unquote(target).partition("#")
    path = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
    if not os.path.exists(path) or not is_inside(path):
        return f"{path} is not there"
    if anchor and path.endswith(".md") and anchor not in markdown.anchors(read(path)):
        return f"{path} has no heading #{anchor}"
    return None


def main(pages):
    bad = count = 0
    for page in pages or markdown.pages():
        text = read(page)
        found = markdown.links(text)
        named = [] if page.startswith("docs/how-to/") else NAMED.finditer(markdown.without_blocks(text))
        found += [(text.count("\n", 0, match.start()) + 1, os.path.relpath(match.group(1), os.path.dirname(page) or "."))
                  for match in named if "NAME" not in match.group(1)]
        for line, target in found:
            count += 1
            wrong = problem(page, target)
            if wrong:
                print(f"{page}:{line}: dead link {target}: {wrong}")
                bad += 1
    print(f"{count} links, {bad} dead")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
