"""What of a Markdown page is prose, and where its links go."""

import re
import subprocess

FENCE = re.compile(r"^\s*(```|~~~)")
INLINE = re.compile(r"(`+)(.+?)\1")
MATHS = re.compile(r"\$\$.+?\$\$|\$[^$\n]+?\$", re.S)
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+(?:\([^()]*\))?)\)")
HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")


def pages():
    """All Markdown files that git keeps, or would."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "--", "*.md"], check=True,
                            stdout=subprocess.PIPE).stdout
    return sorted(listed.decode().split("\n")[:-1])


def blank(match):
    """As many lines as there were, and a sign that is no word."""
    return " \u00a4 " + "\n" * match.group(0).count("\n")


def without_blocks(text):
    """The page without fenced and indented code; its lines keep their numbers."""
    lines, fenced, before = [], False, ""
    for line in text.split("\n"):
        is_fence = bool(FENCE.match(line))
        fenced = fenced != is_fence
        code = fenced or is_fence or (line.startswith("    ") and (not before.strip() or before.startswith("    ")))
        lines.append("" if code else line)
        before = line
    return "\n".join(lines)


def prose(text):
    """The page without code, formulas, addresses and HTML."""
    text = MATHS.sub(blank, without_blocks(text))
    text = INLINE.sub(blank, text)
    text = re.sub(r"<!--.*?-->|<[^>\n]+>", blank, text, flags=re.S)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    return re.sub(r"https?://\S+", " ", text)


def links(text):
    """Pairs of a line's number and where a link or picture of it goes."""
    text = without_blocks(text)
    text = INLINE.sub(lambda match: "`" + re.sub(r"[\[\]()]", "_", match.group(2)) + "`", text)
    return [(text.count("\n", 0, match.start()) + 1, match.group(1)) for match in LINK.finditer(text)]


def anchors(text):
    """The names that GitHub gives to a page's headings."""
    seen, names = {}, set()
    for line in without_blocks(text).split("\n"):
        heading = HEADING.match(line)
        if not heading:
            continue
        title = re.sub(r"\]\([^)]*\)", "]", heading.group(2))
        name = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        count = seen.get(name, 0)
        seen[name] = count + 1
        names.add(f"{name}-{count}" if count else name)
    return names | set(re.findall(r'<a (?:name|id)="([^"]+)"', text))
