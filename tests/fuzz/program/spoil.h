/* Damage: to a file's contents, to a tree of files, to a table. What is done depends on chance alone. */
#ifndef SN_TESTS_FUZZ_PROGRAM_SPOIL_H
#define SN_TESTS_FUZZ_PROGRAM_SPOIL_H

#include "tests/fuzz/program/chance.h"

/* A line that no output may begin with: hostile names and texts try to forge one. */
#define FORGED_LINE "forged line"

/* A short text that some reader may take amiss: a path that leaves, an escape sequence, a number that is none. `work`
 * is the folder of the run, for paths that are absolute. To be released with free(). */
char *hostile_text(Chance *chance, const char *work);

/* A name that a file may have: an escape sequence, a line break, 255 bytes, invalid UTF-8, a leading dash; with the
 * extension of `like`. To be released with free(). */
char *hostile_name(Chance *chance, const char *like);

/* Changes bytes, cuts, repeats, and writes texts and numbers into the file. Safetensors keep a header of right length
 * and a table its columns. */
void spoil_file(Chance *chance, const char *path, const char *work);

/* Renames, removes, links, damages and adds something below root. */
void spoil_tree(Chance *chance, const char *root, const char *work);

#endif
