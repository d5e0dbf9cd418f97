#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file_reader.h"
#include "base/memory.h"

bool sn_file_read(const char *path, size_t limit, SnBytes *bytes) {
  *bytes = (SnBytes){0};
  SnFileReader reader;
  if (!sn_file_reader_open(&reader, path)) return false;
  if ((uint64_t)reader.size > limit)
    sn_fail("%s: holds %lld bytes, more than the limit of %zu", path, (long long)reader.size, limit);
  uint8_t *data = sn_ok() ? sn_allocate(reader.size + 1, 1, path) : NULL;
  bool read = data && sn_file_reader_read(&reader, 0, data, reader.size);
  if (read)
    *bytes = (SnBytes){data, (size_t)reader.size};
  else
    free(data);
  sn_file_reader_close(&reader);
  return read;
}

void sn_bytes_free(SnBytes *bytes) {
  free(bytes->data);
  *bytes = (SnBytes){0};
}

bool sn_make_directories(const char *path) {
  char *partial = sn_copy_text(path);
  for (char *end = partial; partial && sn_ok(); end++) {
    if (end > partial && (*end == '/' || *end == '\0')) {
      char kept = *end;
      *end = '\0';
      if (mkdir(partial, 0777) != 0 && !sn_is_directory(partial))
        sn_fail("%s: the directory cannot be made: %s", partial, strerror(errno));
      *end = kept;
    }
    if (*end == '\0') break;
  }
  free(partial);
  return sn_ok();
}

bool sn_make_folder_of(const char *path) {
  const char *slash = strrchr(path, '/');
  if (!slash || slash == path) return sn_ok();
  char *folder = sn_format("%.*s", (int)(slash - path), path);
  if (folder) sn_make_directories(folder);
  free(folder);
  return sn_ok();
}

bool sn_is_directory(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool sn_is_file(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

char *sn_real_path(const char *path) {
  if (!sn_ok()) return NULL;
  char *real = realpath(path, NULL);
  if (!real && errno == ENOMEM) sn_fail("%s: out of memory for its path", path);
  return real;
}

char *sn_path_join(const char *directory, const char *name) {
  size_t length = strlen(directory);
  return sn_format("%s%s%s", directory, length > 0 && directory[length - 1] != '/' ? "/" : "", name);
}

const char *sn_path_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static int compare_names(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

bool sn_list_directory(const char *path, SnNames *names) {
  *names = (SnNames){0};
  if (!sn_ok()) return false;
  DIR *directory = opendir(path);
  if (!directory) return sn_fail("%s: cannot be listed: %s", path, strerror(errno));
  errno = 0;
  for (struct dirent *entry; sn_ok() && (entry = readdir(directory)); errno = 0)
    if (entry->d_name[0] != '.') sn_names_append(names, entry->d_name);
  if (errno != 0) sn_fail("%s: cannot be listed: %s", path, strerror(errno));
  closedir(directory);
  if (!sn_ok()) {
    sn_names_free(names);
    return false;
  }
  if (names->count > 0) qsort(names->items, (size_t)names->count, sizeof *names->items, compare_names);
  return true;
}

bool sn_names_append(SnNames *names, const char *name) {
  char **items = sn_grow(names->items, names->count, sizeof *items, "a list of names");
  if (!items) return false;
  names->items = items;
  char *copy = sn_copy_text(name);
  if (!copy) return false;
  names->items[names->count++] = copy;
  return true;
}

void sn_names_free(SnNames *names) {
  for (int64_t i = 0; i < names->count; i++) free(names->items[i]);
  free(names->items);
  *names = (SnNames){0};
}
