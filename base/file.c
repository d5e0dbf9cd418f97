#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"

bool sn_file_read(const char *path, size_t limit, SnBytes *bytes) {
  *bytes = (SnBytes){0};
  if (!sn_ok()) return false;
  int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return sn_fail("%s: cannot be opened: %s", path, strerror(errno));
  struct stat status;
  if (fstat(descriptor, &status) != 0)
    sn_fail("%s: cannot be read: %s", path, strerror(errno));
  else if (S_ISDIR(status.st_mode))
    sn_fail("%s: is a directory, where a file is expected", path);
  else if (!S_ISREG(status.st_mode))
    sn_fail("%s: is not a regular file", path);
  else if ((uint64_t)status.st_size > limit)
    sn_fail("%s: holds %lld bytes, more than the limit of %zu", path, (long long)status.st_size, limit);
  size_t size = sn_ok() ? (size_t)status.st_size : 0, filled = 0;
  uint8_t *data = sn_allocate((int64_t)size + 1, 1, path);
  while (data && filled < size) {
    ssize_t got = read(descriptor, data + filled, size - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) sn_fail("%s: cannot be read: %s", path, strerror(errno));
    if (got == 0) sn_fail("%s: ended after %zu of %zu bytes", path, filled, size);
    if (got <= 0) break;
    filled += (size_t)got;
  }
  close(descriptor);
  if (!sn_ok()) {
    free(data);
    return false;
  }
  *bytes = (SnBytes){data, size};
  return true;
}

void sn_bytes_free(SnBytes *bytes) {
  free(bytes->data);
  *bytes = (SnBytes){0};
}

bool sn_file_create(const char *path, SnFileWriter *writer) {
  *writer = (SnFileWriter){0};
  if (!sn_ok()) return false;
  struct stat status;
  if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) /* renaming would put the file in a device's place */
    return sn_fail("%s: cannot be written: it is %s", path,
                   S_ISDIR(status.st_mode) ? "a directory" : "no regular file");
  writer->path = sn_copy_text(path);
  writer->temporary = sn_format("%s.%ld.tmp", path, (long)getpid());
  if (!sn_ok()) return sn_file_commit(writer);
  writer->stream = fopen(writer->temporary, "wbe");
  if (!writer->stream) {
    sn_fail("%s: cannot be written: %s", path, strerror(errno));
    return sn_file_commit(writer);
  }
  return true;
}

/* The rename itself is durable only once the directory is on the disk. */
static void sync_directory(const char *path) {
  const char *slash = strrchr(path, '/');
  char *directory = !slash ? sn_copy_text(".") : sn_format("%.*s", (int)(slash == path ? 1 : slash - path), path);
  int descriptor = directory ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (descriptor >= 0) {
    fsync(descriptor);
    close(descriptor);
  }
  free(directory);
}

bool sn_file_commit(SnFileWriter *writer) {
  if (writer->stream) {
    bool written =
        sn_ok() && !ferror(writer->stream) && fflush(writer->stream) == 0 && fsync(fileno(writer->stream)) == 0;
    if (fclose(writer->stream) != 0) written = false;
    if (written && rename(writer->temporary, writer->path) == 0) {
      sync_directory(writer->path);
    } else {
      sn_fail("%s: cannot be written: %s", writer->path, strerror(errno ? errno : EIO));
      unlink(writer->temporary);
    }
  }
  free(writer->path);
  free(writer->temporary);
  *writer = (SnFileWriter){0};
  return sn_ok();
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

bool sn_is_directory(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool sn_is_file(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISREG(status.st_mode);
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
  for (struct dirent *entry; sn_ok() && (entry = readdir(directory));)
    if (entry->d_name[0] != '.') sn_names_append(names, entry->d_name);
  closedir(directory);
  if (!sn_ok()) {
    sn_names_free(names);
    return false;
  }
  if (names->count > 0) qsort(names->items, (size_t)names->count, sizeof *names->items, compare_names);
  return true;
}

bool sn_names_append(SnNames *names, const char *name) {
  bool full = (names->count & (names->count - 1)) == 0; /* room doubles at every power of two */
  if (full) {
    size_t room = names->count ? 2 * (size_t)names->count : 1;
    char **items = realloc(names->items, room * sizeof *items);
    if (!items) return sn_fail("out of memory for a list of %zu names", room);
    names->items = items;
  }
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
