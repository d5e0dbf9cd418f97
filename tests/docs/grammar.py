"""Finds faults of grammar in all pages, and in the comments, help and messages of all sources, by LanguageTool's rules for
British English as LingoTweaker (lt_py) has them. What is no fault is in the list beside this file, with a reason.

    python3 tests/docs/grammar.py [FILE...]
"""

import concurrent.futures
import hashlib
import os
import re
import sys

import sentences
import spelling

HERE = os.path.dirname(__file__)
EXCEPTIONS = os.path.join(HERE, "grammar.txt")
TOOLS = os.path.join(HERE, "..", "..", "build", "language")
CLEAN = os.path.join(TOOLS, "clean.txt")
# Of spelling, capitals and spaces other checks take care, or the text here is not as the file has it.
OTHERS = {"CASING", "TYPOGRAPHY", "BRE_STYLE_OXFORD_SPELLING"}

sys.path.append(TOOLS)
try:
    import lt_py
except ImportError:
    sys.exit("grammar.py: the grammar checker is missing: `make language-tools` puts it into build/language")

FEW = 500  # texts that are not worth a process, each of which reads the rules (3 s)
engine = None


def exceptions():
    """Pairs of a rule and the words in which it is wrong, None for all words."""
    with open(EXCEPTIONS, encoding="utf-8") as file:
        lines = [line for line in file.read().split("\n") if line and not line.startswith("#")]
    found = set()
    for line in lines:
        entry = re.fullmatch(r'(\w+)(?: "([^"]+)")?: \S.*', line)
        if not entry:
            sys.exit(f'{EXCEPTIONS}: expected RULE: reason, or RULE "words": reason, found: {line}')
        found.add(entry.groups())
    return found


def is_name(words, behind, rule):
    """Whether it is about what stands for code, or about a constant or a letter beside its like: ROWS rows, G g."""
    if sentences.NOUN in words or rule == "EN_A_VS_AN" and behind.startswith(" " + sentences.NOUN):
        return True
    first = words.split()[0]
    return rule == "ENGLISH_WORD_REPEAT_RULE" and (len(first) == 1 or first.isupper())


def faults(piece):
    """(rule, start, end, what would be right) of a text."""
    global engine
    engine = engine or lt_py.Engine("en", variant="en-GB")
    text, found = piece.encode(), []
    for match in engine.check(piece):
        start = len(text[:match["offset"]].decode())
        end = start + len(text[match["offset"]:match["offset"] + match["length"]].decode())
        rule = match["rule_id"]
        if match["category_id"] not in OTHERS and not rule.startswith("MORFOLOGIK") and \
                not is_name(piece[start:end], piece[end:], rule):
            found.append((rule, start, end, ", ".join(match["suggestions"][:2])))
    return found


def exempt(known, piece, rule, start, end):
    """The exceptions that hold for this place."""
    return {(one, words) for one, words in known if one == rule and
            (words is None or any(at.start() <= start and end <= at.end() for at in re.finditer(re.escape(words), piece)))}


def digest(piece):
    return hashlib.sha256(piece.encode()).hexdigest()


def remembered():
    """Texts without any fault, from earlier runs of the same checker."""
    if not os.path.exists(CLEAN):
        return set()
    with open(CLEAN, encoding="ascii") as file:
        return set(file.read().split())


def main(paths):
    known, used, bad, clean = exceptions(), set(), 0, remembered()
    everything = not paths
    paths = paths or spelling.kept(["*.md"] + ["*" + ending for ending in spelling.SOURCES + spelling.SCRIPTS])
    places = [(path, number, piece) for path in paths if os.path.exists(path) for number, piece in sentences.of_file(path)]
    pieces = sorted({piece for _, _, piece in places if digest(piece) not in clean})
    if len(pieces) > FEW:
        with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
            found = dict(zip(pieces, pool.map(faults, pieces, chunksize=50)))
    else:
        found = {piece: faults(piece) for piece in pieces}
    for path, number, piece in places:
        for rule, start, end, better in found.get(piece, []):
            exceptions_here = exempt(known, piece, rule, start, end)
            used |= exceptions_here
            if not exceptions_here:
                around = f"{piece[max(0, start - 40):start]}[{piece[start:end]}]{piece[end:end + 30]}"
                print(f"{path}:{number}: {rule}: {around}{' -> ' + better if better else ''}")
                bad += 1
    for rule, words in sorted(known - used, key=str) if everything else []:
        print(f"{os.path.relpath(EXCEPTIONS)}: nothing needs {rule}{f' {words!r}' if words else ''} any more")
        bad += 1
    if everything:
        with open(CLEAN, "w", encoding="ascii") as file:
            file.write("\n".join(sorted({digest(piece) for _, _, piece in places if not found.get(piece)})))
    print(f"{len(paths)} files, {bad} faults of grammar (what is none goes to {os.path.relpath(EXCEPTIONS)})")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
