/* Runs a fuzz target over files, and over the files in folders, where libFuzzer is not at hand: with any compiler, and
 * to run the kept corpus once. Every input is also run stretched (limits.h), or one in STRETCH_EVERY of them. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "tests/fuzz/limits.h"

enum { HANG_SECONDS = 300 };

static char current[4096]; /* the file that is run */

static void write_text(const char *text) {
  if (write(STDERR_FILENO, text, strlen(text)) < 0) _exit(EXIT_FAILURE);
}

/* After abort(), a crash, or a time that no limit at the input's end can see: which input it was. */
static void name_input(int signal_number) {
  write_text(signal_number == SIGALRM ? "hangs: " : "fails: ");
  write_text(current);
  write_text("\n");
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

static long run(const char *path) {
  if (!sn_is_directory(path)) {
    SnBytes bytes;
    if (!sn_file_read(path, (size_t)1 << 30, &bytes)) return 0;
    snprintf(current, sizeof current, "%s", path);
    alarm(HANG_SECONDS);
    LLVMFuzzerTestOneInput(bytes.data, bytes.size);
    alarm(0);
    sn_clear_error();
    sn_bytes_free(&bytes);
    return 1;
  }
  SnNames names;
  if (!sn_list_directory(path, &names)) return 0;
  long inputs = 0;
  for (int64_t i = 0; sn_ok() && i < names.count; i++) {
    char *inner = sn_path_join(path, names.items[i]);
    if (inner) inputs += run(inner);
    free(inner);
  }
  sn_names_free(&names);
  return inputs;
}

int main(int count, char **arguments) {
  const char *every = getenv("STRETCH_EVERY");
  sn_fuzz_stretch_every = every ? strtoull(every, NULL, 10) : 1;
  signal(SIGABRT, name_input);
  signal(SIGALRM, name_input);
  long inputs = 0;
  for (int i = 1; sn_ok() && i < count; i++) inputs += run(arguments[i]);
  if (!sn_ok()) fprintf(stderr, "%s\n", sn_error());
  printf("%ld inputs\n", inputs);
  return sn_ok() && inputs > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
