/* Any bytes as a table of comma-separated values: an error, or a table that comes back the same when it is written with
 * every field in quotes. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "datasets/csv.h"
#include "tests/fuzz/limits.h"

static bool parse(const uint8_t *data, size_t size, SnTable *table) {
  SnBytes text = {malloc(size + 1), size};
  if (!text.data) exit(EXIT_FAILURE);
  if (size > 0) memcpy(text.data, data, size);
  text.data[size] = 0;
  sn_clear_error();
  bool parsed = sn_csv_parse("input", text, table);
  if (parsed != sn_ok()) abort();
  return parsed;
}

/* Room for twice the text, quotes and commas. */
static uint8_t *write_quoted(const SnTable *table, size_t size, size_t *written) {
  size_t cells = (size_t)((1 + table->row_count) * table->column_count);
  uint8_t *text = malloc(2 * size + 3 * cells + 1), *at = text;
  if (!text) exit(EXIT_FAILURE);
  for (size_t i = 0; i < cells; i++) {
    *at++ = '"';
    const int64_t row = (int64_t)i / table->column_count - 1, column = (int64_t)i % table->column_count;
    for (const char *c = sn_table_cell(table, row, column); *c; c++) {
      if (*c == '"') *at++ = '"';
      *at++ = (uint8_t)*c;
    }
    *at++ = '"';
    *at++ = (i + 1) % (size_t)table->column_count == 0 ? '\n' : ',';
  }
  *written = (size_t)(at - text);
  return text;
}

void sn_fuzz_input(const uint8_t *data, size_t size) {
  SnTable table, again;
  if (!parse(data, size, &table)) return;
  if (table.column_count < 1 || table.row_count < 0) abort();
  for (int64_t row = 1; row < table.row_count; row++)
    if (sn_table_line(&table, row) <= sn_table_line(&table, row - 1)) abort();
  size_t written;
  uint8_t *text = write_quoted(&table, size, &written);
  if (!parse(text, written, &again)) abort();
  if (again.row_count != table.row_count || again.column_count != table.column_count) abort();
  for (int64_t i = 0; i < (1 + table.row_count) * table.column_count; i++)
    if (strcmp(table.cells[i], again.cells[i]) != 0) abort();
  const int64_t last = table.column_count - 1, found = sn_table_column(&table, table.cells[last]);
  if (found < 0 || found > last || strcmp(table.cells[found], table.cells[last]) != 0) abort();
  free(text);
  sn_table_free(&table);
  sn_table_free(&again);
}
