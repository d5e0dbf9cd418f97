"""Runs the commands that pages show, and says what they print differently.

    python3 tests/docs/course.py [--write | --fill] [PAGE...]

A block ```console of a page holds commands, `$ command`, each above the lines that it prints on standard output. A command
that ends in a backslash goes on in the next line; a line `...` stands for any lines. Numbers of bytes are equal, others within
2 %, those of ```console within 10% or 2 by that, and 0.05, where whole numbers may also differ by 2 (results of a training,
which depend on the processor), and those of ```console measured not at all. Without pages: the chapters of docs/course and the solutions of their exercises, in order.

--write  copies the pictures that the commands drew into docs/course/pictures
--fill   as well writes what commands print now into the pages, where a page says otherwise and has no `...`
"""

import glob
import os
import re
import subprocess
import sys
import time

import numbered
import pictures

SECONDS = 600  # for one command
MADE, KEPT = "build/course", "docs/course/pictures"
FENCE = re.compile(r"^```console(?: (measured)| within (\d+)%(?: or (\d+))?)?\s*$")
PICTURE = re.compile(r"!\[[^\]]*\]\((?:\.\./)*(?:docs/course/|course/)?pictures/([\w.-]+)\)")


class Command:
    def __init__(self, text, line, tolerance):
        self.text, self.line, self.tolerance = text, line, tolerance
        self.expected = []  # (number of the line, its text)


def commands_of(lines):
    """The commands of a page's console blocks, in order."""
    commands, tolerance, inside, fenced = [], None, False, False
    for number, line in enumerate(lines, 1):
        start = FENCE.match(line)
        if not fenced and start:
            fenced, inside, tolerance = True, True, tolerance_of(*start.groups())
        elif not fenced and line.startswith("```console"):
            raise SystemExit(f"{number}: expected ```console, measured, or within 10% or 2 behind it, found: {line}")
        elif line.startswith("```"):
            fenced, inside = not fenced, False
        elif not inside:
            continue
        elif line.startswith("$ "):
            commands.append(Command(line[2:], number, tolerance))
        elif not commands or commands[-1].line < number and not block_has_command(lines, number):
            raise SystemExit(f"{number}: a line of output without a command above it")
        elif commands[-1].text.endswith("\\") and not commands[-1].expected:
            commands[-1].text = commands[-1].text[:-1].rstrip() + " " + line.strip()
        else:
            commands[-1].expected.append((number, line))
    return commands


def tolerance_of(measured, percent, whole):
    """By how much a block's numbers may differ; None: by anything."""
    if measured:
        return None
    if not percent:
        return numbered.USUAL
    return numbered.Tolerance(int(percent) / 100, int(percent) / 200, int(whole or 0))


def block_has_command(lines, number):
    """Whether a `$ ` stands between the start of the block and this line."""
    for line in reversed(lines[: number - 1]):
        if line.startswith("$ "):
            return True
        if line.startswith("```"):
            return False
    return False


def stale(command, found):
    """The first line that a command prints otherwise than its page: (number, expected, found), or None."""
    expected = command.expected
    # reach[j]: the expected lines up to here account for the first j lines found
    reach = {0}
    furthest = 0
    for number, line in expected:
        if line.strip() == "...":
            reach = set(range(min(reach), len(found) + 1))
        else:
            reach = {j + 1 for j in reach if j < len(found) and numbered.same(line, found[j], command.tolerance)}
        if not reach:
            return number, line, found[furthest] if furthest < len(found) else "(nothing more)"
        furthest = max(min(reach), furthest)
    if len(found) in reach:
        return None
    return expected[-1][0] if expected else command.line, "(nothing more)", found[max(reach)]


def environment():
    """Ours without what a make above us has left in it."""
    kept = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    return {**kept, "LC_ALL": "C.UTF-8"}


def run(command):
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command.text], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=SECONDS, env=environment())
    return (done.returncode, done.stdout.decode("utf-8", "replace").rstrip("\n").split("\n") if done.stdout else [],
            done.stderr.decode("utf-8", "replace").strip())


def fill(path, lines, command, found, shift):
    """Puts what was printed below its command; how many lines the page has grown by."""
    at = command.expected[0][0] - 1 + shift if command.expected else end_of(lines, command.line + shift)
    lines[at : at + len(command.expected)] = found
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return len(found) - len(command.expected)


def end_of(lines, line):
    """The index behind a command that may go on over several lines."""
    while lines[line - 1].endswith("\\"):
        line += 1
    return line


def check_pictures(path, text, write):
    """Compares the pictures that a page shows with those that its commands drew; returns how many are stale."""
    bad = 0
    for name in sorted(set(PICTURE.findall(text))):
        made, kept = os.path.join(MADE, name), os.path.join(KEPT, name)
        problem = None
        if not os.path.exists(made):
            problem = "no command of this page draws it"
        elif not os.path.exists(kept):
            problem = "missing in the tree"
        else:
            problem = pictures.difference(kept, made)
        if write and os.path.exists(made):
            if problem:
                os.makedirs(KEPT, exist_ok=True)
                pictures.pack(made, kept)
                print(f"{kept}: written")
            problem = pictures.too_large(kept)
        problem = problem or pictures.too_large(kept)
        if problem:
            print(f"{path}: picture {name}: {problem} (`make course` draws it)")
            bad += 1
    return bad


def check_page(path, write=False, filling=False):
    """Runs a page; returns how many commands and how many stale places it has."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    lines = text.rstrip("\n").split("\n")
    for name in set(PICTURE.findall(text)):
        if os.path.exists(os.path.join(MADE, name)):
            os.remove(os.path.join(MADE, name))
    bad = shift = 0
    begun = time.monotonic()
    commands = commands_of(lines)
    for command in commands:
        try:
            status, found, complaint = run(command)
        except subprocess.TimeoutExpired:
            status, found, complaint = 124, [], f"took more than {SECONDS} seconds"
        if status != 0:
            print(f"{path}:{command.line}: ended with status {status}: {command.text}")
            print("    " + complaint.replace("\n", "\n    "))
            bad += 1
            continue
        where = stale(command, found)
        if where and filling and all(line.strip() != "..." for _, line in command.expected):
            shift += fill(path, lines, command, found, shift)
        elif where:
            print(f"{path}:{where[0]}: stale: {command.text}\n    expected: {where[1]}\n    found:    {where[2]}")
            bad += 1
    bad += check_pictures(path, text, write)
    if commands:
        print(f"{path}: {len(commands)} commands in {time.monotonic() - begun:.0f} s, {bad} stale", flush=True)
    return len(commands), bad


def check_unused(pages):
    """Pictures of the course that no page shows."""
    used = set()
    for path in pages:
        with open(path, encoding="utf-8") as file:
            used.update(PICTURE.findall(file.read()))
    unused = sorted(set(os.listdir(KEPT)) - used) if os.path.isdir(KEPT) else []
    for name in unused:
        print(f"{os.path.join(KEPT, name)}: no page shows it")
    return len(unused)


def order(path):
    """Chapter by chapter, each before its exercise."""
    return re.sub(r"\D", "", os.path.basename(path)[:2]), "exercises" in path


def main(arguments):
    filling = "--fill" in arguments
    write = filling or "--write" in arguments
    pages = [argument for argument in arguments if not argument.startswith("--")]
    course = sorted(glob.glob("docs/course/[0-9]*.md") + glob.glob("docs/course/exercises/[0-9]*.md"), key=order)
    os.makedirs(MADE, exist_ok=True)
    total = bad = 0
    for path in pages or course:
        count, stale_places = check_page(path, write, filling)
        total, bad = total + count, bad + stale_places
    if not pages:
        bad += check_unused(course)
    print(f"{total} commands, {bad} stale")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
