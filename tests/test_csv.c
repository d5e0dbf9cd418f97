/* datasets/csv: RFC 4180 as it stands, and what is refused. */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "datasets/csv.h"

/* As sn_file_read leaves it: a zero follows. */
static SnBytes bytes_of(const char *text, size_t size) {
  uint8_t *data = malloc(size + 1);
  assert_non_null(data);
  memcpy(data, text, size);
  data[size] = 0;
  return (SnBytes){data, size};
}

static SnTable parse(const char *text) {
  SnTable table;
  bool parsed = sn_csv_parse("t.csv", bytes_of(text, strlen(text)), &table);
  if (!parsed) print_error("%s\n", sn_error());
  assert_true(parsed);
  return table;
}

static void expect_error(const char *text, const char *message) {
  SnTable table;
  assert_false(sn_csv_parse("t.csv", bytes_of(text, strlen(text)), &table));
  assert_null(table.cells);
  if (!strstr(sn_error(), message)) fail_msg("expected '%s' in '%s'", message, sn_error());
  sn_clear_error();
}

static void test_plain(void **state) {
  (void)state;
  SnTable table = parse("object,split,mask\ncandle,train,\ncashew,test,m.png\n");
  assert_int_equal(table.row_count, 2);
  assert_int_equal(table.column_count, 3);
  assert_int_equal(sn_table_column(&table, "mask"), 2);
  assert_int_equal(sn_table_column(&table, "absent"), -1);
  assert_string_equal(sn_table_cell(&table, 0, 2), "");
  assert_string_equal(sn_table_cell(&table, 1, 0), "cashew");
  assert_string_equal(sn_table_cell(&table, 1, 2), "m.png");
  assert_int_equal(sn_table_line(&table, 1), 3);
  sn_table_free(&table);
}

static void test_quotes(void **state) {
  (void)state;
  SnTable table = parse("\"a\",b\r\n\"x, \"\"y\"\"\r\nz\",\"\"\r\n1,2");
  assert_int_equal(table.row_count, 2);
  assert_string_equal(sn_table_cell(&table, 0, 0), "x, \"y\"\r\nz");
  assert_string_equal(sn_table_cell(&table, 0, 1), "");
  assert_string_equal(sn_table_cell(&table, 1, 1), "2");
  assert_int_equal(sn_table_line(&table, 1), 4);
  sn_table_free(&table);
}

static void test_ends(void **state) {
  (void)state;
  static const char *const texts[] = {"a,b\n1,\"2\"", "a,b\r\n1,2",
                                      ("\xEF\xBB\xBF"
                                       "a,b\n1,2\n")};
  for (size_t i = 0; i < 3; i++) {
    SnTable table = parse(texts[i]);
    assert_int_equal(table.row_count, 1);
    assert_int_equal(sn_table_column(&table, "a"), 0);
    assert_string_equal(sn_table_cell(&table, 0, 1), "2");
    sn_table_free(&table);
  }
  SnTable table = parse("a");
  assert_int_equal(table.row_count, 0);
  sn_table_free(&table);
}

static void test_many_rows(void **state) {
  (void)state;
  enum { ROWS = 5000 };
  char *text = malloc(ROWS * 16 + 16);
  assert_non_null(text);
  int length = sprintf(text, "n,twice\n");
  for (int i = 0; i < ROWS; i++) length += sprintf(text + length, "%d,%d\n", i, 2 * i);
  SnTable table = parse(text);
  assert_int_equal(table.row_count, ROWS);
  for (int i = 0; i < ROWS; i++) assert_int_equal(atoi(sn_table_cell(&table, i, 1)), 2 * i);
  sn_table_free(&table);
  free(text);
}

static void test_refused(void **state) {
  (void)state;
  expect_error("", "is empty");
  expect_error("a,b\n1\n", "line 2: expected 2 fields as in the header, found 1");
  expect_error("a,b\n1,2,3\n", "found 3");
  expect_error("a,b\n\n1,2\n", "line 2");
  expect_error("a,b\n1,\"2\n3,4\n", "line 2: a quote is opened and never closed");
  expect_error("a\n\"1\"x\n", "after a closing quote");
  expect_error("a\n1\"2\n", "a quote inside a field");
  expect_error("a\n1\r2\n", "a carriage return inside a field");
  SnTable table;
  assert_false(sn_csv_parse("t.csv", bytes_of("a\0b", 3), &table));
  assert_non_null(strstr(sn_error(), "zero byte"));
  sn_clear_error();
  assert_false(sn_csv_read("absent-folder/absent.csv", &table));
  assert_non_null(strstr(sn_error(), "absent.csv"));
  sn_clear_error();
}

/* What is written to be read again is never larger than what is read: 65 MiB are, 512 MiB and one byte are not. */
static void test_largest(void **state) {
  (void)state;
  char folder[] = "/tmp/test_csv.XXXXXX", path[64];
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/t.csv", folder);
  enum { PIECE = 1 << 20, PIECES = 65 };
  char *piece = malloc(PIECE);
  memset(piece, 'x', PIECE);
  SnFileWriter writer;
  SnTable table;
  assert_true(sn_file_create(path, &writer));
  fprintf(writer.stream, "a\n");
  for (int i = 0; i < PIECES; i++) fwrite(piece, 1, PIECE, writer.stream);
  assert_true(sn_csv_commit(&writer));
  assert_true(sn_csv_read(path, &table));
  assert_int_equal(strlen(sn_table_cell(&table, 0, 0)), PIECES * PIECE);
  sn_table_free(&table);
  free(piece);
  unlink(path);
  assert_true(sn_file_create(path, &writer));
  assert_int_equal(truncate(writer.temporary, SN_CSV_LARGEST + 1), 0);
  assert_false(sn_csv_commit(&writer));
  assert_non_null(strstr(sn_error(), "the largest table that can be read again"));
  sn_clear_error();
  assert_int_equal(rmdir(folder), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_plain),   cmocka_unit_test(test_quotes),
                                     cmocka_unit_test(test_ends),    cmocka_unit_test(test_many_rows),
                                     cmocka_unit_test(test_refused), cmocka_unit_test(test_largest)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
