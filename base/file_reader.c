#include "base/file_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

bool sn_file_reader_open(SnFileReader *reader, const char *path) {
  *reader = (SnFileReader){.path = path, .descriptor = -1};
  if (!sn_ok()) return false;
  reader->descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (reader->descriptor < 0) return sn_fail("%s: cannot be opened: %s", path, strerror(errno));
  struct stat status;
  if (fstat(reader->descriptor, &status) != 0)
    sn_fail("%s: cannot be read: %s", path, strerror(errno));
  else if (S_ISDIR(status.st_mode))
    sn_fail("%s: is a directory, where a file is expected", path);
  else if (!S_ISREG(status.st_mode))
    sn_fail("%s: is not a regular file", path);
  else
    reader->size = status.st_size;
  if (!sn_ok()) sn_file_reader_close(reader);
  return sn_ok();
}

SnFileReader sn_file_reader_on_memory(const char *path, const void *memory, size_t size) {
  return (SnFileReader){.path = path, .size = (int64_t)size, .descriptor = -1, .memory = memory};
}

static bool check_range(const SnFileReader *reader, int64_t offset, int64_t size) {
  if (!sn_ok()) return false;
  if (offset < 0 || size < 0 || offset > reader->size || size > reader->size - offset)
    return sn_fail("%s: ends after %lld bytes, where %lld bytes from byte %lld on are expected", reader->path,
                   (long long)reader->size, (long long)size, (long long)offset);
  return true;
}

bool sn_file_reader_part(SnFileReader *part, const SnFileReader *whole, int64_t offset, int64_t size) {
  if (!check_range(whole, offset, size)) return false;
  *part = *whole;
  part->begin += offset;
  part->size = size;
  return true;
}

bool sn_file_reader_read(const SnFileReader *reader, int64_t offset, void *bytes, int64_t size) {
  if (!check_range(reader, offset, size)) return false;
  offset += reader->begin;
  if (reader->memory) {
    if (size > 0) memcpy(bytes, reader->memory + offset, (size_t)size);
    return true;
  }
  for (int64_t filled = 0; filled < size;) {
    ssize_t got = pread(reader->descriptor, (uint8_t *)bytes + filled, (size_t)(size - filled), offset + filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return sn_fail("%s: cannot be read: %s", reader->path, strerror(errno));
    if (got == 0)
      return sn_fail("%s: ended at byte %lld while it was read; it was longer before", reader->path,
                     (long long)(offset + filled));
    filled += got;
  }
  return true;
}

void sn_file_reader_close(SnFileReader *reader) {
  if (reader->descriptor >= 0) close(reader->descriptor);
  reader->descriptor = -1;
}
