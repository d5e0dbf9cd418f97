/* Tables of comma-separated values, as RFC 4180 has them: a header line, then rows of as many fields. A field in double
 * quotes may hold commas, line breaks and doubled quotes. Lines end in LF or CRLF; a UTF-8 byte order mark is skipped.
 * Strict: anything else is an error that names the file and the line. */
#ifndef SN_DATASETS_CSV_H
#define SN_DATASETS_CSV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/file.h"

/* The largest table that is read, and written where one is read again: a million lines of some hundred bytes and more.
 */
#define SN_CSV_LARGEST ((int64_t)512 << 20)

typedef struct SnTable {
  SnBytes text;   /* the fields, each ended by a zero */
  char **cells;   /* [1 + row_count][column_count], the header first; into text */
  int64_t *lines; /* [1 + row_count]: the line each row begins on, from 1 */
  int64_t row_count, column_count;
} SnTable;

/* Reads a file of at most SN_CSV_LARGEST bytes. On failure *table is empty. */
bool sn_csv_read(const char *path, SnTable *table);

/* The same from memory: takes over text (also on failure). name stands for the file in messages. */
bool sn_csv_parse(const char *name, SnBytes text, SnTable *table);

void sn_table_free(SnTable *table);

/* Completes a table that is to be read again: sn_file_commit, and an error where it is larger than what is read. */
bool sn_csv_commit(SnFileWriter *writer);

/* The number of the column of that name; -1 without an error when there is none. */
int64_t sn_table_column(const SnTable *table, const char *name);

/* A field: row from 0 below the header, column from 0. Belongs to the table. */
const char *sn_table_cell(const SnTable *table, int64_t row, int64_t column);

/* The line of the file that a row begins on, for messages. */
int64_t sn_table_line(const SnTable *table, int64_t row);

#endif
