/* Any part of a file, in any order. Reading never maps the file, so one that shrinks meanwhile is an error and no
 * crash. */
#ifndef SN_BASE_FILE_READER_H
#define SN_BASE_FILE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct SnFileReader {
  const char *path; /* for messages; must live as long as the reader */
  int64_t size;     /* bytes, when it was opened */
  int64_t begin;    /* where it starts in the file, for a part */
  int descriptor;
  const uint8_t *memory; /* stands for a file when not NULL */
} SnFileReader;

/* Opens a regular file; an error names the path when it is missing, a directory or unreadable. */
bool sn_file_reader_open(SnFileReader *reader, const char *path);

/* Memory in place of a file; it must live as long as the reader. */
SnFileReader sn_file_reader_on_memory(const char *path, const void *memory, size_t size);

/* A part of what another reader reads, which must stay open; an error when it lies outside. The part is not closed. */
bool sn_file_reader_part(SnFileReader *part, const SnFileReader *whole, int64_t offset, int64_t size);

/* Exactly these bytes, or an error that says what was missing. */
bool sn_file_reader_read(const SnFileReader *reader, int64_t offset, void *bytes, int64_t size);

void sn_file_reader_close(SnFileReader *reader);

#endif
