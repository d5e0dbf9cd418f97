/* Any bytes as a text that is shown on a terminal, and as lines that are the paths of photographs: shown without
 * control characters, on one line; and each photograph's results under a name of their own, below the folder of
 * results. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/name.h"
#include "base/output_names.h"
#include "base/printable.h"
#include "base/utf8.h"
#include "tests/fuzz/limits.h"

enum { LONGEST_NAME = 255 };

static void show(const uint8_t *data, size_t size) {
  for (size_t at = 0; at < size;) {
    SnShown shown;
    const size_t used = sn_show_character((const char *)data + at, size - at, &shown);
    if (used < 1 || used > size - at || shown.length < 1 || shown.length > sizeof shown.text) abort();
    if (!sn_utf8_is_printable(shown.text, shown.length)) abort();
    at += used;
  }
}

static int print(FILE *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int print(FILE *stream, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int printed = sn_print_printable(stream, format, arguments);
  va_end(arguments);
  return printed;
}

/* In every place of a line, which stays one line and is as long as is said. */
static void print_line(const char *text) {
  enum { SHOWN = 300, LINE = 8 * SHOWN };
  char line[LINE];
  FILE *stream = fmemopen(line, sizeof line, "w");
  if (!stream) exit(EXIT_FAILURE);
  int printed = print(stream, "%.50s|%-9.40s|%*.7s|%c|%%|%+d %lld %zu %jx %lu %-5i|%6.2f %g|%jd %zd %ld %llx %x|%*d",
                      text, text, 12, text, *text, 1, 2LL, (size_t)3, (uintmax_t)4, 5ul, 6, 0.5, 1e9, (intmax_t)-7,
                      (ssize_t)-8, -9L, 10ull, 11u, -6, 12);
  if (fclose(stream) != 0 || printed < 0 || printed >= LINE || strlen(line) != (size_t)printed) abort();
  if (!sn_utf8_is_printable(line, (size_t)printed)) abort();
}

static int compare(const void *a, const void *b) { return strcasecmp(*(char *const *)a, *(char *const *)b); }

/* Folders are the photograph's own, so their names are as long as those. */
static void check_name(const char *name) {
  const char *slash = strrchr(name, '/');
  if (!sn_path_stays_below(name) || strlen(slash ? slash + 1 : name) > LONGEST_NAME) abort();
}

/* Photographs that differ by their text alone have names that differ, on file systems that know no case, too. */
static void name_results(SnOutputSource *sources, int64_t count) {
  SnOutputNames names;
  sn_clear_error();
  const bool made = sn_output_names_make("/results", "_heatmap.png", sources, count, NULL, &names);
  if (made != sn_ok()) abort();
  if (!made) return;
  char **all = sn_allocate(names.count, sizeof *all, "names");
  if (!all) abort();
  for (int64_t i = 0; i < names.count; i++) {
    all[i] = sn_copy_text(sn_output_name_at(&names, i));
    check_name(all[i]);
  }
  if (names.count > 0) qsort(all, (size_t)names.count, sizeof *all, compare);
  for (int64_t i = 1; i < names.count; i++)
    if (compare(&all[i - 1], &all[i]) == 0) abort();
  for (int64_t i = 0; i < count; i++)
    if (!sn_output_name(&names, sources[i].path, sources[i].record)) abort();
  for (int64_t i = 0; i < names.count; i++) free(all[i]);
  free(all);
  sn_output_names_free(&names);
}

void sn_fuzz_input(const uint8_t *data, size_t size) {
  show(data, size);
  sn_fuzz_read_again();
  char *text = malloc(size + 1);
  SnOutputSource *sources = malloc((size / 2 + 1) * sizeof *sources);
  if (!text || !sources) exit(EXIT_FAILURE);
  memcpy(text, data, size);
  text[size] = '\0';
  print_line(text);
  int64_t count = 0;
  for (char *rest = text, *line; (line = strtok_r(rest, "\n", &rest));)
    sources[count++] = (SnOutputSource){.path = line, .record = -1};
  if (count > 0) name_results(sources, count);
  free(text);
  free(sources);
}
