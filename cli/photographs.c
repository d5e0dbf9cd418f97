#include "cli/photographs.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/glob.h"
#include "base/memory.h"
#include "base/outputs.h"
#include "cli/messages.h"
#include "cli/terminal.h"
#include "datasets/photographs.h"

static bool add_photograph(SnSamples *samples, const char *path) {
  return sn_samples_append(samples, path, -1, SN_GOOD, "good") != NULL;
}

bool sn_add_folder_of_photographs(const char *folder, const char *out, SnSamples *samples) {
  SnLeftOut left_out = {0};
  sn_samples_append_folder(samples, folder, out, &left_out);
  sn_print_left_out(&left_out);
  sn_left_out_free(&left_out);
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

static void add_named(const char *name, const char *out, SnPhotographs *photographs) {
  if (sn_is_own_output_name(name) && !sn_is_directory(name)) {
    sn_message("left out: %s: by its name it is a picture that this program drew\n", name);
    return;
  }
  add_root(&photographs->roots, name);
  if (sn_is_directory(name))
    sn_add_folder_of_photographs(name, out, &photographs->samples);
  else
    add_photograph(&photographs->samples, name);
}

/* One a line; empty lines are passed over. */
static void add_listed(const char *out, SnPhotographs *photographs) {
  char name[PATH_MAX];
  size_t length = 0;
  for (int c = 0; c != EOF && sn_ok();) {
    c = fgetc(stdin);
    if (c == '\n' || c == EOF) {
      name[length] = '\0';
      if (length > 0) add_named(name, out, photographs);
      length = 0;
    } else if (c == '\0') {
      sn_fail("standard input: the name of a photograph holds a zero byte");
    } else if (length + 1 == sizeof name) {
      sn_fail("standard input: the name of a photograph is longer than %zu bytes", sizeof name - 1);
    } else {
      name[length++] = (char)c;
    }
  }
  if (sn_ok() && ferror(stdin)) sn_fail("standard input cannot be read");
}

/* A pattern that the shell did not expand, as it was quoted; a file of that very name comes first. */
static void add_pattern(const char *pattern, const char *out, SnPhotographs *photographs) {
  SnNames names = {0};
  if (sn_glob(pattern, &names) && names.count == 0)
    sn_fail("%s: there is no file of that name, and none that fits it as a pattern", pattern);
  for (int64_t i = 0; i < names.count && sn_ok(); i++) add_named(names.items[i], out, photographs);
  sn_names_free(&names);
}

static void add_argument(const char *name, const char *out, SnPhotographs *photographs) {
  struct stat status;
  if (strcmp(name, "-") == 0)
    add_listed(out, photographs);
  else if (sn_is_pattern(name) && lstat(name, &status) != 0)
    add_pattern(name, out, photographs);
  else
    add_named(name, out, photographs);
}

bool sn_find_named_photographs(int count, char **names, const char *out, SnPhotographs *photographs) {
  for (int i = 0; i < count && sn_ok(); i++) add_argument(names[i], out, photographs);
  return sn_ok() && (photographs->samples.count > 0 || sn_fail("there is no photograph to score"));
}

void sn_photographs_free(SnPhotographs *photographs) {
  sn_names_free(&photographs->roots);
  sn_samples_free(&photographs->samples);
}
