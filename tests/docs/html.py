"""Makes HTML of all Markdown files that git keeps, by pandoc, with formulas as MathML: build/html/README.html and so on.

    python3 tests/docs/html.py [FOLDER]
"""

import concurrent.futures
import os
import re
import shutil
import subprocess
import sys

import markdown

HERE = os.path.dirname(os.path.abspath(__file__))


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def title(text, page):
    heading = re.search(r"^# (.+)$", text, re.M)
    return re.sub(r"[`*]", "", heading.group(1)) if heading else page


def for_pandoc(text):
    """What follows the first word behind a fence is ours."""
    return re.sub(r"^```console .*$", "```console", text, flags=re.M)


def linked(body, page, folder):
    """Links to pages go to their HTML, links to other files of the repository stay and point into it."""
    def target(match):
        attribute, address = match.groups()
        path, hash_sign, anchor = address.partition("#")
        if re.match(r"[a-z][a-z0-9+.-]*:", address) or not path:
            return match.group(0)
        if path.endswith(".md"):
            return f'{attribute}="{path[:-3]}.html{hash_sign}{anchor}"'
        source = os.path.normpath(os.path.join(os.path.dirname(page), path))
        if not os.path.exists(source):  # the style sheet and the pages of the head line
            return match.group(0)
        if attribute == "src":
            place = os.path.join(folder, source)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            shutil.copyfile(source, place)
            return match.group(0)
        return f'{attribute}="{os.path.relpath(source, os.path.join(folder, os.path.dirname(page)))}"'

    return re.sub(r'\b(href|src)="([^"]*)"', target, body)


def plain_brackets(match):
    """Brackets of a formula without \\left or \\begin keep their size; pandoc stretches all of them."""
    return match.group(0) if re.search(r"\\(left|begin)", match.group(0)) else match.group(0).replace('stretchy="true"', 'stretchy="false"')


def convert(page, folder):
    """Writes one page; what pandoc complains about."""
    text = read(page)
    depth = page.count("/")
    place = os.path.join(folder, page[:-3] + ".html")
    os.makedirs(os.path.dirname(place), exist_ok=True)
    done = subprocess.run(
        ["pandoc", "--from=gfm+tex_math_dollars", "--to=html5", "--mathml", "--wrap=preserve",
         "--template", os.path.join(HERE, "page.html"), "--metadata", f"title={title(text, page)}",
         "--variable", f"root={'../' * depth}", "--metadata", "lang=en"],
        input=for_pandoc(text).encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with open(place, "w", encoding="utf-8") as file:
        body = re.sub(r"<math.*?</math>", plain_brackets, done.stdout.decode(), flags=re.S)
        body = re.sub(r'<math display="inline"(?:(?!</math>).)*</math>[.,:;)?!]+', r'<span class="formula">\g<0></span>', body, flags=re.S)
        body = re.sub(r"<td([^>]*)>([-+−±/(),.%0-9\s]{2,60})</td>", r'<td\1 class="numbers">\2</td>', body)
        file.write(linked(body, page, folder))
    complaint = done.stderr.decode().strip()
    return f"{page}: {complaint or 'pandoc failed'}" if complaint or done.returncode else None


def main(arguments):
    folder = arguments[0] if arguments else "build/html"
    os.makedirs(folder, exist_ok=True)
    shutil.copyfile(os.path.join(HERE, "style.css"), os.path.join(folder, "style.css"))
    pages = markdown.pages()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = [complaint for complaint in pool.map(lambda page: convert(page, folder), pages) if complaint]
    print("\n".join(complaints + [f"{len(pages)} pages in {folder}, {len(complaints)} with complaints"]))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
