"""Turns the comments of a header into Doxygen's, line by line, so that the sources need no marks: python3 filter.py FILE

A comment above declarations belongs to all of them down to the next empty line, one behind a declaration to that one. The
first comment of a file is the file's; lines of hyphens part sections and belong to nothing.
"""
import re
import sys

TRAILING = re.compile(r"^(?P<code>.*[;,{)\w].*?)\s*/\*(?P<text>(?!\*).*)$")
OPENING = re.compile(r"^\s*/\*")
SECTION = re.compile(r"^\s*/\* -{3,}")
# What stands at the left margin and declares something.
DECLARATION = re.compile(r"^(?!#|/|\*|}|\{|\s|extern \"C\"|$)[A-Za-z_].*")
# What has members, which are looked at one by one.
BODY = re.compile(r"^(typedef )?(struct|enum|union)\b[^;]*\{$")
# A member of several names.
MEMBERS = re.compile(r"^(?P<space> +)(?P<type>(?:const )?(?:struct )?\w+ )(?P<names>\**\w+(?:\[\w+\])?(?:, \**\w+(?:\[\w+\])?)+);")


def comment_end(lines, at):
    while "*/" not in lines[at]:
        at += 1
    return at


def one_line(lines):
    """The words of a comment in one line, for the declarations that share it."""
    text = " ".join(re.sub(r"^\s*(/\*+|\*(?!/))?", "", line).strip() for line in lines)
    return "/** " + text.replace("*/", "").strip() + " */ "


def convert(lines, path):
    out, at, shared = [], 0, None
    while at < len(lines):
        line = lines[at]
        if OPENING.match(line):
            end = comment_end(lines, at)
            block = lines[at : end + 1]
            if not SECTION.match(line):
                if at == 0:
                    out += ["/** @file " + path, " *"]
                out += [line.replace("/*", " *" if at == 0 else "/**", 1)] + block[1:]
                shared = one_line(block) if at > 0 and not line.startswith(" ") else None
            else:
                out += [""] * len(block)
            at, fresh = end + 1, True
            while at < len(lines) and DECLARATION.match(lines[at]) and not BODY.match(lines[at]) and shared:
                at = declaration(lines, at, out, "" if fresh else shared)
                fresh = False
            continue
        if DECLARATION.match(line) and not BODY.match(line):
            at = declaration(lines, at, out, "")
            continue
        at = member(lines, at, out)
    return out


def member(lines, at, out):
    """A line that is indented, or a directive of the preprocessor."""
    line = lines[at]
    if MEMBERS.match(line):
        end = comment_end(lines, at) if "/*" in line else at
        above = out[-1] if out and out[-1].endswith("*/") and "/**<" not in out[-1] and "/*" not in line else None
        if "/*" in line:
            out.append(split(line, words([line[line.index("/*") :]] + lines[at + 1 : end + 1])))
            return end + 1
        if above is not None:
            begin = len(out) - 1
            while "/**" not in out[begin]:
                begin -= 1
            text = words(out[begin:])
            del out[begin:]
            out.append(split(line, text))
            return at + 1
    out.append(trailing(line))
    at += 1
    if "/**<" in out[-1] and "*/" not in line:
        end = comment_end(lines, at)
        out += lines[at : end + 1]
        at = end + 1
    return at


def split(line, text):
    """A member `type a, b;` as one for each name, with the same comment."""
    found = MEMBERS.match(line)
    names = [name.strip() for name in found["names"].split(",")]
    return found["space"] + " ".join(f"{found['type']}{name}; /**< {text} */" for name in names)


def words(block):
    return one_line(block)[4:-4].strip()


def trailing(line):
    found = TRAILING.match(line)
    return found["code"] + " /**<" + found["text"] if found and not line.lstrip().startswith("#") else line


def declaration(lines, at, out, shared):
    """A declaration, to its end: a semicolon, or the brace of a body."""
    depth, start = 0, at
    while at < len(lines):
        line = lines[at]
        code = re.sub(r"/\*.*", "", line)
        depth += code.count("{") + code.count("(") - code.count("}") - code.count(")")
        own = TRAILING.match(line)
        text = trailing(line)
        out.append((shared if at == start and not own else "") + text)
        at += 1
        if own and "*/" not in line:
            end = comment_end(lines, at)
            out += lines[at : end + 1]
            at = end + 1
        if OPENING.match(line) and not own:
            out[-1] = line.replace("/*", "/**", 1) if not SECTION.match(line) else line
            if "*/" not in line:
                end = comment_end(lines, at)
                out += lines[at : end + 1]
                at = end + 1
            continue
        if depth == 0 and re.search(r"[;}]\s*$", code):
            break
    return at


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        print("\n".join(convert(file.read().split("\n"), sys.argv[1])))


if __name__ == "__main__":
    main()
