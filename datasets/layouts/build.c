#include "datasets/layouts/build.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/walk.h"

bool sn_dataset_check_file(SnDataset *dataset, const char *path) {
  if (!sn_ok()) return false;
  struct stat status;
  const char *reason = NULL;
  if (stat(path, &status) != 0 || access(path, R_OK) != 0)
    reason = strerror(errno);
  else if (S_ISDIR(status.st_mode))
    reason = "it is a directory";
  else if (!S_ISREG(status.st_mode))
    reason = "it is not a regular file";
  else if (status.st_size == 0)
    reason = "it is empty";
  return !reason ||
         sn_dataset_add_problem(dataset, SN_PROBLEM_UNREADABLE, path, "%s: cannot be read: %s", path, reason);
}

char *sn_layout_path(const char *root, ...) {
  char *path = sn_copy_text(root);
  va_list parts;
  va_start(parts, root);
  for (const char *part; path && (part = va_arg(parts, const char *));) {
    char *longer = sn_path_join(path, part);
    free(path);
    path = longer;
  }
  va_end(parts);
  return path;
}

bool sn_list_images(const char *folder, SnLeftOut *left_out, SnNames *names) {
  *names = (SnNames){0};
  SnPhotographSearch search = {.keep_unreadable = true};
  if (sn_ok() && sn_is_directory(folder)) sn_find_photographs(folder, &search, names, left_out);
  for (int64_t i = 0; i < names->count; i++) { /* paths become names */
    const char *name = sn_path_name(names->items[i]);
    memmove(names->items[i], name, strlen(name) + 1);
  }
  if (!sn_ok()) sn_names_free(names);
  return sn_ok();
}

bool sn_is_category_folder(const char *root) {
  char *good = sn_layout_path(root, "train", "good", NULL), *ok = sn_layout_path(root, "train", "ok", NULL);
  bool is = good && ok && (sn_is_directory(good) || sn_is_directory(ok));
  free(good);
  free(ok);
  return is;
}

typedef struct FolderList {
  SnNames *names;
  SnLeftOut *left_out; /* NULL: what is no folder is not counted */
} FolderList;

static bool add_to_list(void *context, const char *path, SnEntryKind kind) {
  const FolderList *list = context;
  if (kind == SN_ENTRY_FOLDER) return sn_names_append(list->names, sn_path_name(path));
  if (kind != SN_ENTRY_FILE || !list->left_out) return true;
  return sn_left_out_add(list->left_out, sn_is_image_name(path) ? SN_LEFT_OUT_PLACE : SN_LEFT_OUT_FORMAT, path);
}

bool sn_list_folders(const char *folder, SnLeftOut *left_out, SnNames *names) {
  *names = (SnNames){0};
  FolderList list = {names, left_out};
  SnWalk walk = {.entry = add_to_list, .context = &list};
  if (sn_ok() && sn_is_directory(folder)) sn_walk(folder, &walk);
  if (!sn_ok()) sn_names_free(names);
  return sn_ok();
}

int sn_stem_length(const char *name) {
  const char *dot = strrchr(name, '.');
  return (int)(dot && dot > name ? (size_t)(dot - name) : strlen(name));
}

bool sn_single_category(bool present, const char *name, SnNames *categories) {
  *categories = (SnNames){0};
  return sn_ok() && (!present || sn_names_append(categories, name));
}

bool sn_dataset_add_folder(SnDataset *dataset, SnSamples *samples, const char *folder, const SnPhotographSearch *search,
                           int label, const char *kind) {
  SnNames paths = {0};
  SnPhotographSearch all = search ? *search : (SnPhotographSearch){0};
  all.keep_unreadable = true;
  if (sn_ok() && sn_is_directory(folder)) sn_find_photographs(folder, &all, &paths, &dataset->left_out);
  for (int64_t i = 0; i < paths.count && sn_ok(); i++)
    if (sn_dataset_check_file(dataset, paths.items[i])) sn_samples_append(samples, paths.items[i], -1, label, kind);
  sn_names_free(&paths);
  return sn_ok();
}
