/* Files: read whole with a limit, written whole or not at all. */
#ifndef SN_BASE_FILE_H
#define SN_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct SnBytes {
  uint8_t *data; /* owned; one zero byte follows the last, so a text file is a C string */
  size_t size;
} SnBytes;

/* Reads a regular file of at most `limit` bytes into memory. On failure (missing, a directory, larger than the limit,
 * unreadable, shrinking while it is read) an error names the path, and *bytes is empty. */
bool sn_file_read(const char *path, size_t limit, SnBytes *bytes);
void sn_bytes_free(SnBytes *bytes);

/* A file that appears under its name only when it is complete: it is written beside its place under a temporary name,
 * then flushed to the disk and renamed. A process that is killed leaves the temporary file behind, and the next that
 * writes the same file uses it. Two that write the same file at a time are an error for the second.
 *
 *     SnFileWriter writer;
 *     if (sn_file_create(path, &writer)) fprintf(writer.stream, ...);
 *     if (!sn_file_commit(&writer)) ...          an error is pending: nothing was left behind
 */
typedef struct SnFileWriter {
  FILE *stream; /* for fwrite, fprintf and the like; not a descriptor's own, so fileno has no answer */
  char *path, *temporary;
  struct SnFileSink *sink; /* where the stream writes to */
} SnFileWriter;

bool sn_file_create(const char *path, SnFileWriter *writer);

/* Completes the file; or, when an error is pending or a write failed, removes it and returns false. The error's reason
 * is that of the first write that failed. Frees the writer. */
bool sn_file_commit(SnFileWriter *writer);

/* The same under another name in the same directory, for what an interruption left incomplete: the file that stood
 * under the first name stays. */
bool sn_file_commit_as(SnFileWriter *writer, const char *path);

/* "scores.part.csv" for "scores.csv": the name of a part of a file. To be released with free(). */
char *sn_part_path(const char *path);

/* The temporary name, to be released with free(). */
char *sn_file_temporary_name(const char *path);

/* Removes a file, and what a killed process left behind in writing it. No error when there is neither. */
void sn_file_remove(const char *path);

/* Makes a directory and those above it where they are absent. */
bool sn_make_directories(const char *path);

/* The same for the directory that a file is in. */
bool sn_make_folder_of(const char *path);

bool sn_is_directory(const char *path);
bool sn_is_file(const char *path);

/* The path without links, "." and "..", to be released with free(). NULL without an error when nothing is there, and
 * with one when memory is short. */
char *sn_real_path(const char *path);

/* "directory/name", to be released with free(). */
char *sn_path_join(const char *directory, const char *name);

/* The part after the last slash. */
const char *sn_path_name(const char *path);

/* Names of a directory's entries in byte order (strcmp), without those that begin with a dot. */
typedef struct SnNames {
  char **items;
  int64_t count;
} SnNames;

bool sn_list_directory(const char *path, SnNames *names);
bool sn_names_append(SnNames *names, const char *name); /* copies name */
void sn_names_free(SnNames *names);

#endif
