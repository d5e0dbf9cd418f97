#define _GNU_SOURCE /* fopencookie */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

/* One name for all processes, so that what a killed one leaves behind is used again and never piles up. Its writer
 * holds a lock on it, which goes with the process. */
char *sn_file_temporary_name(const char *path) { return sn_format("%s.simplenet.tmp", path); }

typedef enum Claim { CLAIMED, BUSY, GONE, FAILED } Claim;

/* Locks the open file, which must still be the one of that name: its writer may have renamed it meanwhile. File systems
 * without locks are trusted to have one writer. */
static Claim claim(int descriptor, const char *name) {
  struct stat opened, named;
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return BUSY;
  if (fstat(descriptor, &opened) != 0) return FAILED;
  if (lstat(name, &named) != 0) return errno == ENOENT ? GONE : FAILED;
  return opened.st_dev == named.st_dev && opened.st_ino == named.st_ino ? CLAIMED : GONE;
}

/* The temporary file, empty and locked; -1 and an error when that is impossible. */
static int open_temporary(const char *path, const char *temporary) {
  for (;;) {
    int descriptor = open(temporary, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    Claim state = descriptor < 0 ? FAILED : claim(descriptor, temporary);
    if (state == CLAIMED && ftruncate(descriptor, 0) == 0) return descriptor;
    const char *reason = strerror(errno);
    struct stat status;
    if (state == BUSY)
      sn_fail("%s: cannot be written: another process is writing it", path);
    else if (state != GONE && lstat(temporary, &status) == 0) /* what is there is the obstacle */
      sn_fail("%s: cannot be written: %s: %s", path, sn_path_name(temporary), reason);
    else if (state != GONE)
      sn_fail("%s: cannot be written: %s", path, reason);
    if (descriptor >= 0) close(descriptor);
    if (!sn_ok()) return -1;
  }
}

/* Where a writer's stream ends: a stream forgets why a write failed, this does not. */
typedef struct SnFileSink {
  int descriptor;
  int failure; /* errno of the first write that failed, or 0 */
} SnFileSink;

static ssize_t write_to_sink(void *context, const char *bytes, size_t size) {
  SnFileSink *sink = context;
  size_t done = 0;
  while (done < size && sink->failure == 0) {
    ssize_t written = write(sink->descriptor, bytes + done, size - done);
    if (written > 0)
      done += (size_t)written;
    else if (written == 0 || errno != EINTR)
      sink->failure = written == 0 ? EIO : errno;
  }
  return (ssize_t)done;
}

static bool open_stream(SnFileWriter *writer, int descriptor) {
  writer->sink = sn_allocate(1, sizeof *writer->sink, writer->path);
  if (!writer->sink) return false;
  writer->sink->descriptor = descriptor;
  writer->stream = fopencookie(writer->sink, "w", (cookie_io_functions_t){.write = write_to_sink});
  return writer->stream || sn_fail("%s: cannot be written: %s", writer->path, strerror(errno));
}

bool sn_file_create(const char *path, SnFileWriter *writer) {
  *writer = (SnFileWriter){0};
  if (!sn_ok()) return false;
  struct stat status;
  if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) /* renaming would put the file in a device's place */
    return sn_fail("%s: cannot be written: it is %s", path,
                   S_ISDIR(status.st_mode) ? "a directory" : "no regular file");
  writer->path = sn_copy_text(path);
  writer->temporary = sn_file_temporary_name(path);
  int descriptor = sn_ok() ? open_temporary(path, writer->temporary) : -1;
  if (descriptor >= 0 && !open_stream(writer, descriptor)) {
    unlink(writer->temporary);
    close(descriptor);
  }
  return sn_ok() || sn_file_commit(writer);
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

/* Whether all is on the disk and has its name; an error if not. */
static bool finish(SnFileWriter *writer) {
  SnFileSink *sink = writer->sink;
  if (fflush(writer->stream) != 0 || ferror(writer->stream)) {
    if (sink->failure == 0) sink->failure = errno ? errno : EIO;
  } else if (fsync(sink->descriptor) != 0 || rename(writer->temporary, writer->path) != 0) {
    sink->failure = errno;
  }
  return sink->failure == 0 || sn_fail("%s: cannot be written: %s", writer->path, strerror(sink->failure));
}

bool sn_file_commit(SnFileWriter *writer) {
  if (writer->stream) {
    if (sn_ok() && finish(writer))
      sync_directory(writer->path);
    else
      unlink(writer->temporary);
    fclose(writer->stream);
    close(writer->sink->descriptor); /* last, for the lock goes with it; all is on the disk */
  }
  free(writer->sink);
  free(writer->path);
  free(writer->temporary);
  *writer = (SnFileWriter){0};
  return sn_ok();
}

bool sn_file_commit_as(SnFileWriter *writer, const char *path) {
  char *copy = sn_copy_text(path);
  if (copy) {
    free(writer->path);
    writer->path = copy;
  }
  return sn_file_commit(writer);
}

char *sn_part_path(const char *path) {
  const char *name = sn_path_name(path), *dot = strrchr(name, '.');
  int length = (int)(dot && dot > name ? dot - path : (ptrdiff_t)strlen(path));
  return sn_format("%.*s.part%s", length, path, path + length);
}

void sn_file_remove(const char *path) {
  unlink(path);
  char *temporary = sn_file_temporary_name(path);
  int descriptor = temporary ? open(temporary, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;
  if (descriptor >= 0) {
    if (claim(descriptor, temporary) == CLAIMED) unlink(temporary);
    close(descriptor);
  }
  free(temporary);
}
