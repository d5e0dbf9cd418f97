"""Finds words that neither aspell (British English) nor the list beside this file knows, in all Markdown files and in the
comments of all sources; and, by codespell, usual misspellings in every text file.

    python3 tests/docs/spelling.py [FILE...]
"""

import os
import re
import subprocess
import sys

import markdown

HERE = os.path.dirname(__file__)
WORDS, PHRASES = os.path.join(HERE, "words.txt"), os.path.join(HERE, "phrases.txt")
SOURCES = (".c", ".h", ".cu", ".cpp")
SCRIPTS = (".sh", ".mk", ".py")
# What stands in comments and is no word: quotes, code, names, formulas.
NO_WORD = re.compile(r'`[^`]*`|"[^"\n]*"|[\w./-]*[_/.\d(\[\]=\->{}^|+*<@%$][\w./()-]*|\b\w*[a-z][A-Z]\w*|\b[A-Z]{2,}\w*|\b\w\b')


def kept(pattern):
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "--", *pattern], check=True,
                            stdout=subprocess.PIPE).stdout
    return listed.decode().split("\n")[:-1]


def comments(text, path):
    """The comments of a source; its lines keep their numbers."""
    if path.endswith(SOURCES):
        found = re.finditer(r"/\*.*?\*/|(?<![:\"])//[^\n]*", text, re.S)
    else:
        found = re.finditer(r"^[ \t]*#(?!!)[^\n]*", text, re.M)
    out, at = [], 0
    for match in found:
        out.append("\n" * text.count("\n", at, match.start()))
        body = re.sub(r"^[ *#]*(?:    ).*$", "", match.group(0), flags=re.M)
        out.append(NO_WORD.sub(" ", body))
        at = match.end()
    return "".join(out)


def words_of(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    return markdown.prose(text) if path.endswith(".md") else comments(text, path)


def unknown(texts, known):
    """Words that aspell does not know, of all texts at once."""
    done = subprocess.run(["aspell", "list", "--lang=en_GB", "--encoding=utf-8"], check=True, stdout=subprocess.PIPE,
                          input="\n".join(texts).encode())
    return {bare(word) for word in done.stdout.decode().split()} - known


def bare(word):
    """Without the ending of a possessive."""
    return re.sub(r"['’]s?$", "", word)


def main(paths):
    with open(WORDS, encoding="utf-8") as file:
        known = set(file.read().split())
    with open(PHRASES, encoding="utf-8") as file:
        phrases = [line.split(" -> ") for line in file.read().split("\n") if line]
    paths = paths or kept(["*.md"] + ["*" + ending for ending in SOURCES + SCRIPTS])
    texts = {path: words_of(path) for path in paths if os.path.exists(path)}
    wrong = unknown(texts.values(), known)
    bad = 0
    for path, text in texts.items():
        for number, line in enumerate(text.split("\n"), 1):
            problems = [f"unknown word {word}" for word in re.findall(r"[^\W\d_]+(?:['’][a-z]+)?", line) if bare(word) in wrong]
            if path.endswith(".md"):
                problems += [f"\"{phrase}\": {better}" for phrase, better in phrases
                             if re.search(rf"\b{phrase}\b", line, re.I)]
            for found in problems:
                print(f"{path}:{number}: {found}")
            bad += len(problems)
    usual = subprocess.run(["codespell", "-q", "3", "-L", "unknow,planed,paeth,trian,nd,fo", *texts], stdout=subprocess.PIPE)
    print(usual.stdout.decode(), end="")
    bad += usual.stdout.count(b"==>")
    print(f"{len(texts)} files, {bad} words to mend (names and terms go to {os.path.relpath(WORDS)})")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
