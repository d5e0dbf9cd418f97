#include "base/temporary_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"

const char *sn_temporary_folder(void) {
  const char *folder = getenv("TMPDIR");
  return folder && *folder ? folder : "/tmp";
}

static int open_nameless(void) {
  char *path = sn_format("%s/simplenet-XXXXXX", sn_temporary_folder());
  int descriptor = path ? mkstemp(path) : -1;
  if (path && descriptor < 0)
    sn_fail("%s: a temporary file cannot be made: %s", sn_temporary_folder(), strerror(errno));
  if (descriptor >= 0) unlink(path);
  free(path);
  return descriptor;
}

void *sn_temporary_memory_new(size_t bytes) {
  if (!sn_ok()) return NULL;
  int descriptor = open_nameless();
  if (descriptor < 0) return NULL;
  void *memory = MAP_FAILED;
  int failure = bytes > INT64_MAX ? EFBIG : posix_fallocate(descriptor, 0, (off_t)bytes);
  if (failure == 0) {
    memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (memory == MAP_FAILED) failure = errno;
  }
  close(descriptor);
  if (failure == 0) return memory;
  return sn_fail_null("%s: a temporary file of %.1f GB was asked for: %s; TMPDIR names another folder",
                      sn_temporary_folder(), (double)bytes / 1e9, strerror(failure));
}

void sn_temporary_memory_free(void *memory, size_t bytes) { munmap(memory, bytes); }
