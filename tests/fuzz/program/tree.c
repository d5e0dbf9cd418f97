#include "tests/fuzz/program/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"

void give_up(const char *what, const char *path) {
  fprintf(stderr, "fuzzer: %s cannot be %s: %s\n", path, what, strerror(errno));
  exit(EXIT_FAILURE);
}

char *path_of(const char *folder, const char *name) {
  char *path = sn_format("%s/%s", folder, name);
  if (!path) give_up("named", folder);
  return path;
}

void make_folders(const char *path) {
  sn_clear_error();
  if (!sn_make_directories(path)) give_up("made", path);
}

void write_file(const char *path, const void *bytes, size_t size) {
  int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK, 0644);
  if (descriptor < 0 || (size > 0 && write(descriptor, bytes, size) != (ssize_t)size)) give_up("written", path);
  close(descriptor);
}

SnBytes read_file(const char *path) {
  SnBytes bytes;
  sn_clear_error();
  if (!sn_file_read(path, (size_t)1 << 30, &bytes)) give_up("read", path);
  return bytes;
}

void copy_tree(const char *from, const char *to) {
  struct stat status;
  if (lstat(from, &status) != 0) give_up("found", from);
  if (!S_ISDIR(status.st_mode)) {
    SnBytes bytes = read_file(from);
    write_file(to, bytes.data, bytes.size);
    sn_bytes_free(&bytes);
    return;
  }
  make_folders(to);
  SnNames names;
  if (!sn_list_directory(from, &names)) give_up("listed", from);
  for (int64_t i = 0; i < names.count; i++) {
    char *inner = path_of(from, names.items[i]), *copy = path_of(to, names.items[i]);
    copy_tree(inner, copy);
    free(inner);
    free(copy);
  }
  sn_names_free(&names);
}

static void add_below(const char *root, const char *below, Wanted wanted, SnNames *paths) {
  char *folder = *below ? path_of(root, below) : sn_copy_text(root);
  DIR *directory = opendir(folder);
  if (!directory) give_up("listed", folder);
  for (struct dirent *entry; (entry = readdir(directory));) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    char *path = *below ? path_of(below, entry->d_name) : sn_copy_text(entry->d_name);
    const bool is_folder = entry->d_type == DT_DIR;
    if (wanted == EVERYTHING || (wanted == FILES ? entry->d_type == DT_REG : is_folder)) sn_names_append(paths, path);
    if (is_folder) add_below(root, path, wanted, paths);
    free(path);
  }
  closedir(directory);
  free(folder);
}

static int compare(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

SnNames paths_below(const char *root, Wanted wanted) {
  SnNames paths = {0};
  sn_clear_error();
  add_below(root, "", wanted, &paths);
  if (paths.count > 0) qsort(paths.items, (size_t)paths.count, sizeof *paths.items, compare);
  return paths;
}

void remove_tree(const char *path) {
  struct stat status;
  if (lstat(path, &status) != 0) return;
  if (!S_ISDIR(status.st_mode)) {
    if (unlink(path) != 0) give_up("removed", path);
    return;
  }
  SnNames paths = paths_below(path, EVERYTHING);
  for (int64_t i = paths.count; i-- > 0;) { /* what is below a folder comes after it */
    char *inner = path_of(path, paths.items[i]);
    if (remove(inner) != 0) give_up("removed", inner);
    free(inner);
  }
  sn_names_free(&paths);
  if (rmdir(path) != 0) give_up("removed", path);
}
