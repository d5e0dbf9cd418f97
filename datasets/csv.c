#include "datasets/csv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

/* Fields are unquoted in place: what is written never overtakes what is read. */
typedef struct Reader {
  const char *name;
  char *read, *write, *end;
  int64_t line;
  SnTable *table;
  int64_t cell_count, cell_capacity, row_capacity;
} Reader;

/* The array with capacity for one more item; its old address stays valid on failure. */
static void *grow(void *array, int64_t count, int64_t *capacity, size_t size, const char *name) {
  if (count < *capacity) return array;
  int64_t wanted = *capacity ? 2 * *capacity : 64;
  void *grown = sn_resize(array, wanted, size, name);
  if (grown) *capacity = wanted;
  return grown;
}

static bool at_line_end(const Reader *reader) {
  return *reader->read == '\n' ||
         (reader->end - reader->read > 1 && reader->read[0] == '\r' && reader->read[1] == '\n');
}

static bool read_quoted(Reader *reader) {
  int64_t opened = reader->line;
  for (reader->read++; reader->read < reader->end; reader->read++) {
    if (*reader->read == '"' && reader->read[1] != '"') {
      reader->read++;
      if (reader->read == reader->end || *reader->read == ',' || at_line_end(reader)) return true;
      return sn_fail("%s, line %" PRId64 ": expected a comma or the end of the line after a closing quote",
                     reader->name, reader->line);
    }
    if (*reader->read == '"') reader->read++;
    if (*reader->read == '\n') reader->line++;
    *reader->write++ = *reader->read;
  }
  return sn_fail("%s, line %" PRId64 ": a quote is opened and never closed", reader->name, opened);
}

static bool read_plain(Reader *reader) {
  for (; reader->read < reader->end && *reader->read != ',' && !at_line_end(reader); reader->read++) {
    if (*reader->read == '"' || *reader->read == '\r')
      return sn_fail("%s, line %" PRId64 ": found %s inside a field that is not quoted", reader->name, reader->line,
                     *reader->read == '"' ? "a quote" : "a carriage return");
    *reader->write++ = *reader->read;
  }
  return true;
}

/* One field and the comma or line end behind it; *last: which of the two. */
static bool read_field(Reader *reader, bool *last) {
  char **cells = grow(reader->table->cells, reader->cell_count, &reader->cell_capacity, sizeof *cells, reader->name);
  if (!cells) return false;
  reader->table->cells = cells;
  cells[reader->cell_count++] = reader->write;
  if (reader->read < reader->end && *reader->read == '"' ? !read_quoted(reader) : !read_plain(reader)) return false;
  *last = reader->read == reader->end || *reader->read != ',';
  if (reader->read < reader->end) reader->read += *reader->read == '\r' ? 2 : 1;
  if (*last) reader->line++;
  *reader->write++ = '\0';
  return true;
}

static bool read_row(Reader *reader, int64_t row) {
  SnTable *table = reader->table;
  int64_t *lines = grow(table->lines, row, &reader->row_capacity, sizeof *lines, reader->name);
  if (!lines) return false;
  table->lines = lines;
  lines[row] = reader->line;
  int64_t first = reader->cell_count;
  for (bool last = false; !last;)
    if (!read_field(reader, &last)) return false;
  int64_t count = reader->cell_count - first;
  if (row == 0) table->column_count = count;
  if (count != table->column_count)
    return sn_fail("%s, line %" PRId64 ": expected %" PRId64 " fields as in the header, found %" PRId64, reader->name,
                   table->lines[row], table->column_count, count);
  return true;
}

bool sn_csv_parse(const char *name, SnBytes text, SnTable *table) {
  *table = (SnTable){.text = text};
  char *begin = (char *)text.data;
  if (sn_ok() && memchr(begin, '\0', text.size)) sn_fail("%s: holds a zero byte, so it is not a table of text", name);
  Reader reader = {.name = name, .read = begin, .write = begin, .end = begin + text.size, .line = 1, .table = table};
  if (text.size >= 3 && memcmp(begin, "\xEF\xBB\xBF", 3) == 0) reader.read += 3;
  if (sn_ok() && reader.read == reader.end) sn_fail("%s: is empty, where a table with a header is expected", name);
  int64_t rows = 0;
  while (sn_ok() && reader.read < reader.end) read_row(&reader, rows++);
  table->row_count = rows - 1;
  if (!sn_ok()) sn_table_free(table);
  return sn_ok();
}

void sn_table_free(SnTable *table) {
  free(table->cells);
  free(table->lines);
  sn_bytes_free(&table->text);
  *table = (SnTable){0};
}

int64_t sn_table_column(const SnTable *table, const char *name) {
  for (int64_t column = 0; column < table->column_count; column++)
    if (strcmp(table->cells[column], name) == 0) return column;
  return -1;
}

const char *sn_table_cell(const SnTable *table, int64_t row, int64_t column) {
  return table->cells[(row + 1) * table->column_count + column];
}

int64_t sn_table_line(const SnTable *table, int64_t row) { return table->lines[row + 1]; }
