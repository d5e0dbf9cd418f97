#include "cli/photographs.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/outputs.h"
#include "cli/messages.h"
#include "cli/terminal.h"
#include "datasets/photographs.h"

static bool add_photograph(SnSamples *samples, const char *path) {
  return sn_samples_append(samples, path, -1, SN_GOOD, "good") != NULL;
}

bool sn_add_folder_of_photographs(const char *folder, const char *out, SnSamples *samples) {
  SnNames paths = {0};
  SnLeftOut left_out = {0};
  SnPhotographSearch search = {.sub_folders = true, .without = &out, .without_count = out ? 1 : 0};
  sn_find_photographs(folder, &search, &paths, &left_out);
  for (int64_t i = 0; i < paths.count && sn_ok(); i++) add_photograph(samples, paths.items[i]);
  sn_print_left_out(&left_out);
  if (sn_ok() && paths.count == 0) sn_fail("%s: holds no " SN_IMAGE_EXTENSIONS " files", folder);
  sn_left_out_free(&left_out);
  sn_names_free(&paths);
  return sn_ok();
}

/* The folder named, or the one that the file named is in. */
static bool add_root(SnNames *roots, const char *path) {
  const char *slash = strrchr(path, '/');
  if (sn_is_directory(path)) return sn_names_append(roots, path);
  if (!slash) return sn_names_append(roots, ".");
  char *folder = sn_format("%.*s", slash == path ? 1 : (int)(slash - path), path);
  if (folder) sn_names_append(roots, folder);
  free(folder);
  return sn_ok();
}

bool sn_find_named_photographs(int count, char **names, const char *out, SnPhotographs *photographs) {
  for (int i = 0; i < count && sn_ok(); i++) {
    if (sn_is_own_output_name(names[i]) && !sn_is_directory(names[i])) {
      sn_message("left out: %s: by its name it is a heat map that this program drew\n", names[i]);
      continue;
    }
    add_root(&photographs->roots, names[i]);
    if (sn_is_directory(names[i]))
      sn_add_folder_of_photographs(names[i], out, &photographs->samples);
    else
      add_photograph(&photographs->samples, names[i]);
  }
  return sn_ok() && (photographs->samples.count > 0 || sn_fail("there is no photograph to score"));
}

void sn_photographs_free(SnPhotographs *photographs) {
  sn_names_free(&photographs->roots);
  sn_samples_free(&photographs->samples);
}
