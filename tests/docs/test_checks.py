"""The checks of pages find what they are for: each page here has one fault, or none."""

import contextlib
import io
import os
import struct
import sys
import tempfile
import zlib

import course
import grammar
import links
import markdown
import pictures
import sentences
import spelling

failures = 0


def expect(name, status, text, check, page, file_name="page.md"):
    """Whether a check of a page ends with this status and says this text."""
    global failures
    path = os.path.join(folder, file_name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(page)
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        found = check(path)
    right = bool(found) == bool(status) and text in output.getvalue()
    print(f"[{'       OK' if right else '  FAILED  '}{' ] ' if right else '] '}{name}")
    if not right:
        print(f"expected {status} and {text!r}, found {found} and:\n{output.getvalue()}")
        failures += 1


def run_page(path):
    try:
        return course.check_page(path)[1]
    except SystemExit as refusal:
        print(refusal)
        return 1


def check_grammar(path):
    try:
        return grammar.main([path])
    except SystemExit as refusal:
        print(refusal)
        return 1


def block(commands, kind=""):
    return f"# Page\n\n```console{kind}\n{commands}\n```\n"


def png(path, value):
    rows = b"".join(b"\0" + bytes([value]) * 12 for _ in range(4))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        for kind, body in ((b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows)),
                           (b"IEND", b"")):
            file.write(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)))


def commands():
    expect("what_is_printed_is_fine", 0, "0 stale", run_page, block("$ echo loss 1.00\nloss 1.01"))
    expect("a_wrong_number", 1, "found:    loss 1.00", run_page, block("$ echo loss 1.00\nloss 1.10"))
    expect("a_near_number_of_bytes", 1, "found:    754 kB", run_page, block("$ echo 754 kB\n753 kB"))
    expect("a_near_number_of_bytes_where_a_tolerance_is_told", 0, "0 stale", run_page, block("$ echo 754 kB\n753 kB", " within 1%"))
    expect("a_wrong_word", 1, "stale", run_page, block("$ echo loss 1.00\nloos 1.00"))
    expect("a_line_too_many", 1, "(nothing more)", run_page, block("$ echo a\na\nb"))
    expect("a_line_too_few", 1, "found:    b", run_page, block("$ printf 'a\\nb\\n'\na"))
    expect("lines_left_out", 0, "0 stale", run_page, block("$ seq 5\n1\n...\n5"))
    expect("a_command_that_is_not_there", 1, "status 127", run_page, block("$ no-such-command"))
    expect("a_command_that_fails_in_a_pipe", 1, "status 1", run_page, block("$ false | cat"))
    expect("a_status_that_is_shown", 0, "0 stale", run_page, block("$ false; echo $?\n1"))
    expect("a_command_of_two_lines", 0, "0 stale", run_page, block("$ echo a \\\n  b\na b"))
    expect("times_are_not_compared", 0, "0 stale", run_page, block("$ echo 5 s\n9 s", " measured"))
    expect("a_wider_tolerance", 0, "0 stale", run_page, block("$ echo 1.1 5\n1.0 7", " within 10% or 2"))
    expect("a_tolerance_that_is_none", 1, "expected ```console", run_page, block("$ echo 1\n1", " within 10% or 0.5"))
    expect("beyond_it", 1, "stale", run_page, block("$ echo 1.1 5\n1.0 9", " within 10% or 2"))


def drawn():
    course.MADE, course.KEPT = os.path.join(folder, "made"), os.path.join(folder, "kept")
    os.makedirs(course.MADE)
    os.makedirs(course.KEPT)
    png(os.path.join(folder, "new.png"), 100)
    copy = f"$ cp {folder}/new.png {course.MADE}/a.png"
    page = block(copy) + "\n![a](pictures/a.png)\n"
    expect("a_picture_that_is_missing", 1, "missing in the tree", run_page, page)
    png(os.path.join(course.KEPT, "a.png"), 102)
    expect("a_picture_that_is_near", 0, "0 stale", run_page, page)
    png(os.path.join(course.KEPT, "a.png"), 110)
    expect("a_stale_picture", 1, "pixels differ by 10.0", run_page, page)
    expect("a_picture_that_nothing_draws", 1, "no command of this page draws it", run_page,
           block("$ true") + "\n![a](pictures/a.png)\n")
    pictures.pack(os.path.join(folder, "new.png"), os.path.join(course.KEPT, "a.png"))
    expect("a_picture_that_was_copied", 0, "0 stale", run_page, page)


def language():
    def check_links(path):
        return links.main([path])

    def check_words(path):
        return spelling.main([path])

    links.is_inside = lambda path: True
    expect("links_that_live", 0, "0 dead", check_links, "# A b\n\n## A, b!\n\n[a](#a-b), [b](#a-b-1), [c](https://x.invalid)\n")
    expect("a_dead_file", 1, "none.md is not there", check_links, "[a](none.md)\n")
    expect("a_dead_heading", 1, "has no heading #c", check_links, "# A\n\n[c](#c)\n")
    expect("a_dead_picture", 1, "none.png is not there", check_links, "![a](none.png)\n")
    expect("links_in_code_are_code", 0, "0 links", check_links, "```\n[a](none.md)\n```\n\n`[b](none.md)`\n")
    expect("words_that_are_known", 0, "0 words", check_words, "The colours of `xyzzy` and $zyxxy$ in SimpleNet's map.\n")
    expect("a_misspelt_word", 1, "page.md:2: unknown word anomalie", check_words, "A line.\nAn anomalie.\n")
    expect("a_phrase_to_avoid", 1, "in order to", check_words, "We do it in order to see.\n")
    assert markdown.prose("a\n```\nb\n```\nc").count("\n") == 4


# A fault for each kind that the checker is for, and a name for the test of it.
FAULTS = {
    "an_article": ("It reads a apple from the tree.", "[a]"),
    "a_verb_of_a_plural": ("The files is read from the folder.", "[is]"),
    "a_verb_of_a_singular": ("The threshold are set by the command.", "[are]"),
    "a_verb_of_a_pronoun": ("It make sense to stop here.", "[make]"),
    "a_verb_after_there": ("There is three layers in the head.", "[There is three layers]"),
    "a_verb_after_a_modal": ("The program can reads PNG files.", "[reads]"),
    "a_verb_after_not": ("The file does not exists.", "[exists]"),
    "a_participle": ("It was wrote by the program.", "[wrote]"),
    "a_relative_clause": ("The programs that reads the file ends.", "[reads]"),
    "a_determiner": ("This values are stored in the file.", "[This]"),
    "each_of_a_plural": ("Every photographs are scored.", "[Every photographs]"),
    "a_plural_after_a_number": ("The map is drawn at 5 pixel.", "[pixel]"),
    "its_for_it_is": ("Its a small network.", "[Its]"),
    "it_is_for_its": ("The network learns it's weights from photographs.", "[it's]"),
    "then_for_than": ("The result is larger then the threshold.", "[larger then]"),
    "their_for_there": ("Their is no file.", "[Their]"),
    "much_of_what_is_counted": ("Much photographs are good.", "[Much]"),
    "two_comparatives": ("It is more faster than before.", "[more faster]"),
    "an_infinitive": ("It allows to read a file.", "[to read]"),
    "a_word_twice": ("It is the the map.", "[the the]"),
    "a_word_twice_in_two_lines": ("It is the\nthe map.", "[the the]"),
}


def grammatical():
    for name, (page, shown) in FAULTS.items():
        expect(name, 1, shown, check_grammar, page)
    expect("it_names_the_line", 1, "page.md:3: ", check_grammar, "# A map\n\nThe files is read.\n")
    expect("a_list_item", 1, "[is]", check_grammar, "- One.\n- The files is read.\n")
    expect("a_cell", 1, "[is]", check_grammar, "| a |\n| --- |\n| The files is read. |\n")
    expect("a_link", 1, "[is]", check_grammar, "The [files](files.md) is read.\n")
    expect("sentences_that_are_right", 0, "0 faults", check_grammar,
           "The files are read. An apple falls.\n\n- It learns its weights; it's a network.\n- There are three layers.\n")
    expect("code_is_no_sentence", 0, "0 faults", check_grammar, "```\nthe files is read\n```\n\nIt is `the the` map, and $a$ is $a a$.\n")
    expect("a_comment", 1, "page.c:2: ", check_grammar, "int a;\n// The files is\n// read.\n", "page.c")
    expect("a_comment_of_a_block", 1, "page.c:1: ", check_grammar, "/* The files is read. */\n", "page.c")
    expect("a_comment_of_a_script", 1, "page.sh:2: ", check_grammar, "#!/bin/sh\n# The files is read.\n", "page.sh")
    expect("a_message", 1, "[is]", check_grammar, 'f("%s: the files "\n  "is not read\\n", a);\n', "page.c")
    expect("a_message_that_is_right", 0, "0 faults", check_grammar, 'f("%" PRId64 " files are read\\n", a);\n', "page.c")
    with open(os.path.join(folder, "exceptions.txt"), "w", encoding="utf-8") as file:
        file.write('# a comment\nEN_A_VS_AN "a apple falls": for the test\n')
    grammar.EXCEPTIONS = file.name
    expect("an_exception", 0, "0 faults", check_grammar, "Here a apple falls.\n")
    expect("an_exception_for_other_words", 1, "[a]", check_grammar, "Here a apple lies.\n")
    with open(grammar.EXCEPTIONS, "w", encoding="utf-8") as file:
        file.write("EN_A_VS_AN\n")
    expect("an_exception_without_a_reason", 1, "expected RULE: reason", check_grammar, "Here an apple falls.\n")
    assert sentences.of_source('f("a" PRId64 " files of %.40s are read\\n");') == [(1, "ad files of Name are read ")]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        commands()
        drawn()
        language()
        grammatical()
    sys.exit(1 if failures else 0)
