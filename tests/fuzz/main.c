/* Runs a fuzz target over files, and over the files in folders, where libFuzzer is not at hand: with any compiler, and
 * to run the kept corpus once. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static long run(const char *path) {
  if (!sn_is_directory(path)) {
    SnBytes bytes;
    if (!sn_file_read(path, (size_t)1 << 30, &bytes)) return 0;
    LLVMFuzzerTestOneInput(bytes.data, bytes.size);
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
  long inputs = 0;
  for (int i = 1; sn_ok() && i < count; i++) inputs += run(arguments[i]);
  if (!sn_ok()) fprintf(stderr, "%s\n", sn_error());
  printf("%ld inputs\n", inputs);
  return sn_ok() && inputs > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
