"""The prose of a file in pieces that can be read as sentences: paragraphs, list items and cells of a page; comments, help and
messages of a source. Code, names, numbers to be printed and formulas become a noun, so that the sentence around them stays one."""

import re

import markdown

NOUN = "Name"
SCRIPTS = (".sh", ".mk", ".py")
TOKEN = re.compile(r"//[^\n]*|/\*.*?\*/|'(?:[^'\\\n]|\\.)+'|^[ \t]*#include[^\n]*|\"(?:[^\"\\\n]|\\.)*\"", re.S | re.M)
CONVERSION = re.compile(r"%[-+#0-9.*]*(?:hh|h|ll|l|z|j|t)?[a-zA-Z]")
# What is code although nothing marks it: options, paths, calls, dotted names, camelCase, elements, conv2d.
CODE = re.compile(r"(?<![\w.-])(?:--?[a-z][\w-]*|[\w.-]*[_/\\][\w./\\*-]*\w|\w+\([^()\n]*\)|[A-Za-z_]\w*(?:\.[A-Za-z]\w*)+"
                  r"|[a-z]+[A-Z]\w*|\w+\[[^\]\n]*\]|\w*\d+[a-z]+\d*\w*|[a-z]+\d[a-z]\w*)(?!\w)")
QUOTED = re.compile(r"`[^`]*`|\"[^\"]*\"|'[^' ][^']*'(?!\w)")
RULER = re.compile(r"[-=*_~ ]+")
ITEM = re.compile(r"(?:#+|[-*+]|\d+\.|>) +")


def paragraphs(lines):
    """Pairs of a line's number and the text that begins in it, of pairs of numbers and lines; list items are apart."""
    found, current, start = [], [], 0

    def end():
        if current:
            found.append((start, " ".join(current)))
            current.clear()

    for number, line in lines:
        words = line.strip()
        item = ITEM.match(words)
        if not words or item or RULER.fullmatch(words):
            end()
        words = words[item.end():] if item else words
        if words and not RULER.fullmatch(words):
            start = start if current else number
            current.append(words)
        if item and item.group().startswith("#"):
            end()
    end()
    return found


def of_page(text):
    def lines_of(match):
        return NOUN + "\n" * match.group().count("\n")

    text = markdown.MATHS.sub(lines_of, re.sub(r"<!--.*?-->", lines_of, markdown.without_blocks(text), flags=re.S))
    cells, lines = [], []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip().startswith("|"):
            cells += [(number, cell.strip()) for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            line = ""
        lines.append((number, line))
    found = []
    for number, piece in paragraphs(lines) + cells:
        piece = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", markdown.INLINE.sub(NOUN, piece))
        piece = re.sub(r"\[([^\[\]]*)\]\([^)]*\)", r"\1", piece)
        found.append((number, CODE.sub(NOUN, re.sub(r"<[^>]+>|\*+|(?<!\w)_(?=\w)|(?<=\w)_(?!\w)", "", piece))))
    return found


def of_script(text):
    """Comments that have lines of their own."""
    return [(number, plain(piece)) for number, piece in
            paragraphs([(number, re.sub(r"^\s*#(?!!) ?(?!    )|.*", "", line, count=1))
                        for number, line in enumerate(text.split("\n"), 1)])]


def of_source(text):
    """Comments, and the strings of at least four words."""
    found, comment, strings, last = [], [], [], 0
    for match in [*TOKEN.finditer(text), None]:
        token = match.group() if match else ""
        between = text[last:match.start()] if match else ";"
        number = text.count("\n", 0, match.start()) + 1 if match else 0
        own_line = match and not text[text.rfind("\n", 0, match.start()) + 1:match.start()].strip()
        if not (token.startswith("//") and own_line and not between.strip() and comment and number == comment[-1][0] + 1):
            found += paragraphs(comment)
            comment = []
        if not (token.startswith('"') and re.fullmatch(r"\s*(?:PRI\w+)?\s*", between)):
            found += message(strings)
            strings = []
        if token.startswith("//"):
            comment.append((number, "" if token.startswith("//    ") else token.lstrip("/!< ")))
        elif token.startswith("/*"):
            found += paragraphs([(number + i, "" if re.match(r" *\*? {4,}\S", line) else re.sub(r"^\s*\*+ ?", "", line))
                                 for i, line in enumerate(token[2:-2].lstrip("!*").rstrip("*").split("\n"))])
        elif token.startswith('"'):
            strings.append((number, ("d" if "PRI" in between else "") + token[1:-1]))
        last = match.end() if match else last
    return [(number, plain(piece)) for number, piece in found]


def message(strings):
    """Adjacent strings in one, unless it is a page's code or no sentence."""
    whole = "".join(piece for _, piece in strings).replace("%%", " %").replace('\\"', '"').replace("\\t", " ")
    if re.search(r"[<{]|://|\\x", whole):
        return []
    return [(strings[0][0], piece.replace("\\n", " ").lstrip(",;:. ")) for piece in whole.split("\\n\\n")
            if len(re.findall(r"\b[a-z]{2,}\b", piece)) >= 4]


def plain(piece):
    return CODE.sub(NOUN, CONVERSION.sub(NOUN, QUOTED.sub(NOUN, piece)))


def of_file(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    of = of_page if path.endswith(".md") else of_script if path.endswith(SCRIPTS) else of_source
    return [(number, piece) for number, piece in of(text) if re.search(r"[a-z]", piece)]
