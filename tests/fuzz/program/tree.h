/* Trees of files, links and pipes, of whatever names. What fails here ends the program: it is the fuzzer's own trouble.
 */
#ifndef SN_TESTS_FUZZ_PROGRAM_TREE_H
#define SN_TESTS_FUZZ_PROGRAM_TREE_H

#include <stdbool.h>

#include "base/file.h"

_Noreturn void give_up(const char *what, const char *path);

/* "a/b", to be released with free(). */
char *path_of(const char *folder, const char *name);

void make_folders(const char *path);
void write_file(const char *path, const void *bytes, size_t size);
SnBytes read_file(const char *path); /* to be released with sn_bytes_free() */
void copy_tree(const char *from, const char *to);
void remove_tree(const char *path);

typedef enum Wanted { EVERYTHING, FILES, FOLDERS } Wanted;

/* Paths below root, without it, sorted as bytes; links are not followed. To be released with sn_names_free(). */
SnNames paths_below(const char *root, Wanted wanted);

#endif
