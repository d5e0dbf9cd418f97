#include "base/outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/output_names.h"

enum { HEAD = 4096 }; /* bytes of a file that are looked at */

/* ---- kinds ---- */

static bool holds(const uint8_t *data, size_t size, const SnOutputKind *kind) {
  if (size < kind->size) return false;
  size_t last = kind->is_first ? 0 : size - kind->size;
  for (size_t i = 0; i <= last; i++)
    if (memcmp(data + i, kind->bytes, kind->size) == 0) return true;
  return false;
}

/* Whether the file is one of the kind; false for a file that cannot be read. */
static bool is_of_kind(const char *path, const SnOutputKind *kind) {
  uint8_t head[HEAD];
  int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  ssize_t size = descriptor >= 0 ? read(descriptor, head, sizeof head) : -1;
  if (descriptor >= 0) close(descriptor);
  return size > 0 && holds(head, (size_t)size, kind);
}

bool sn_is_own_output_name(const char *name) {
  static const char *const suffixes[] = {SN_HEATMAP_SUFFIX, SN_OVERLAY_SUFFIX, SN_MASK_SUFFIX, SN_MAP_SUFFIX};
  size_t length = strlen(name);
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
    size_t end = strlen(suffixes[i]);
    if (length >= end && sn_ascii_equal(name + length - end, suffixes[i])) return true;
  }
  return false;
}

/* ---- what is named ---- */

struct SnOutput {
  char *path, *plain; /* as it was named; and absolute, to be compared */
  const SnOutputKind *kind;
};

struct SnInput {
  char *path;
  dev_t device;
  ino_t inode;
};

static bool add_input(SnOutputs *outputs, const char *path, const struct stat *status) {
  char *copy = sn_copy_text(path);
  SnInput *inputs = copy ? sn_grow(outputs->inputs, outputs->input_count, sizeof *inputs, "a list of files") : NULL;
  if (inputs) {
    outputs->inputs = inputs;
    inputs[outputs->input_count++] = (SnInput){copy, status->st_dev, status->st_ino};
  } else {
    free(copy);
  }
  return sn_ok();
}

/* Those who read a file say when it cannot be read. */
bool sn_outputs_read(SnOutputs *outputs, const char *path) {
  struct stat status;
  if (!sn_ok()) return false;
  return !path || stat(path, &status) != 0 || add_input(outputs, path, &status);
}

bool sn_outputs_read_image(SnOutputs *outputs, const char *path) {
  struct stat status;
  if (!sn_ok()) return false;
  if (stat(path, &status) != 0) return true;
  if (S_ISDIR(status.st_mode)) return add_input(outputs, path, &status);
  const char *slash = strrchr(path, '/');
  char *folder = slash ? sn_format("%.*s", slash == path ? 1 : (int)(slash - path), path) : sn_copy_text(".");
  const char *last = outputs->input_count > 1 ? outputs->inputs[outputs->input_count - 2].path : "";
  if (folder && strcmp(folder, last) != 0) sn_outputs_read(outputs, folder);
  free(folder);
  if (!sn_ok() || !add_input(outputs, path, &status)) return false;
  return true;
}

bool sn_outputs_write(SnOutputs *outputs, int kind, const char *folder, const char *name) {
  if (!outputs->kinds) return sn_fail("%s: is written, but no kinds of outputs were given", name);
  char *path = sn_ok() && folder && name ? sn_path_join(folder, name) : NULL;
  char *plain = path ? sn_plain_path(path) : NULL;
  SnOutput *items = plain ? sn_grow(outputs->items, outputs->count, sizeof *items, "a list of files") : NULL;
  if (items) {
    outputs->items = items;
    items[outputs->count++] = (SnOutput){path, plain, &outputs->kinds[kind]};
  } else {
    free(plain);
    free(path);
  }
  return sn_ok();
}

void sn_outputs_free(SnOutputs *outputs) {
  for (int64_t i = 0; i < outputs->count; i++) {
    free(outputs->items[i].path);
    free(outputs->items[i].plain);
  }
  for (int64_t i = 0; i < outputs->input_count; i++) free(outputs->inputs[i].path);
  free(outputs->items);
  free(outputs->inputs);
  *outputs = (SnOutputs){0};
}

/* ---- comparisons ---- */

static int compare_inputs(const void *a, const void *b) {
  const SnInput *x = a, *y = b;
  if (x->device != y->device) return x->device < y->device ? -1 : 1;
  return (x->inode > y->inode) - (x->inode < y->inode);
}

static int compare_outputs(const void *a, const void *b) {
  return strcmp(((const SnOutput *)a)->plain, ((const SnOutput *)b)->plain);
}

static const SnInput *find_input(const SnOutputs *outputs, const struct stat *status) {
  SnInput key = {.device = status->st_dev, .inode = status->st_ino};
  if (outputs->input_count == 0) return NULL;
  return bsearch(&key, outputs->inputs, (size_t)outputs->input_count, sizeof key, compare_inputs);
}

static bool fail_of_input(const char *path, const SnInput *input) {
  if (strcmp(path, input->path) == 0)
    return sn_fail("%s: would be replaced, but it is read: name another place for the output", path);
  return sn_fail("%s: would replace %s, which is read: name another place for the output", path, input->path);
}

/* What is there under the output's name, or would be in the way of its temporary file. */
static bool check_place(const SnOutputs *outputs, const SnOutput *output) {
  struct stat status;
  const char *path = output->path;
  char *temporary = sn_file_temporary_name(path);
  if (!temporary) return false;
  bool is_there = stat(path, &status) == 0;
  int reason = errno;
  const SnInput *input = is_there ? find_input(outputs, &status) : NULL;
  if (input)
    fail_of_input(path, input);
  else if (is_there && !S_ISREG(status.st_mode))
    sn_fail("%s: cannot be written: it is %s", path, S_ISDIR(status.st_mode) ? "a directory" : "no regular file");
  else if (is_there && !is_of_kind(path, output->kind))
    sn_fail("%s: is there already, and is not %s that this program wrote: remove it, or name another place", path,
            output->kind->what);
  else if (!is_there && lstat(path, &status) == 0)
    sn_fail("%s: is a link to nothing: remove it, or name another place", path);
  else if (!is_there && reason == ENOTDIR)
    sn_fail("%s: cannot be written: %s", path, strerror(reason));
  if (sn_ok() && stat(temporary, &status) == 0 && (input = find_input(outputs, &status)))
    fail_of_input(temporary, input);
  free(temporary);
  return sn_ok();
}

/* The files are sorted by name: the same twice are neighbours, and a folder is found by its name. */
static bool check_names(const SnOutputs *outputs) {
  for (int64_t i = 0; i < outputs->count && sn_ok(); i++) {
    SnOutput *output = &outputs->items[i];
    if (i > 0 && compare_outputs(output, output - 1) == 0) return sn_fail("%s: would be written twice", output->path);
    char *folder = sn_copy_text(output->plain);
    for (char *slash; folder && sn_ok() && (slash = strrchr(folder, '/')) && slash > folder;) {
      *slash = '\0';
      SnOutput key = {.plain = folder};
      if (bsearch(&key, outputs->items, (size_t)outputs->count, sizeof key, compare_outputs))
        sn_fail("%s: would be written as a file, and as the folder of %s", folder, output->path);
    }
    free(folder);
  }
  return sn_ok();
}

/* ---- what a later search would find ---- */

/* The folder that a path is in, without links, or the nearest above it that is there; to be released with free(). */
static char *nearest_folder(const char *path) {
  char *folder = sn_copy_text(path), *real = NULL;
  for (char *slash; folder && !real && (slash = strrchr(folder, '/'));) {
    *slash = '\0';
    real = sn_real_path(slash == folder ? "/" : folder);
  }
  free(folder);
  return real ? real : sn_real_path(".");
}

static bool check_folder(const SnOutputs *outputs, const SnOutput *output) {
  char *folder = nearest_folder(output->path);
  struct stat status;
  while (folder && sn_ok()) {
    const SnInput *input = stat(folder, &status) == 0 ? find_input(outputs, &status) : NULL;
    if (input)
      sn_fail("%s: would be taken for a photograph of %s later on: name another place for the output", output->path,
              input->path);
    char *slash = strrchr(folder, '/');
    if (!slash || folder[1] == '\0') break;
    slash[slash == folder] = '\0';
  }
  free(folder);
  return sn_ok();
}

bool sn_outputs_check(SnOutputs *outputs) {
  if (!sn_ok()) return false;
  if (outputs->count > 0) qsort(outputs->items, (size_t)outputs->count, sizeof *outputs->items, compare_outputs);
  if (outputs->input_count > 0)
    qsort(outputs->inputs, (size_t)outputs->input_count, sizeof *outputs->inputs, compare_inputs);
  for (int64_t i = 0; i < outputs->count && sn_ok(); i++) {
    const SnOutput *output = &outputs->items[i];
    if (check_place(outputs, output) && output->kind->is_image) check_folder(outputs, output);
  }
  return sn_ok() && check_names(outputs);
}
