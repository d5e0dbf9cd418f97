#include "datasets/cifar10.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

static bool read_record(const char *path, int64_t record, uint8_t bytes[SN_CIFAR10_RECORD_SIZE]) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return sn_fail("%s: cannot be opened: %s", path, strerror(errno));
  size_t filled = 0;
  while (filled < SN_CIFAR10_RECORD_SIZE) {
    ssize_t got = pread(descriptor, bytes + filled, SN_CIFAR10_RECORD_SIZE - filled,
                        (off_t)(record * SN_CIFAR10_RECORD_SIZE + (int64_t)filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) sn_fail("%s: cannot be read: %s", path, strerror(errno));
    if (got == 0) sn_fail("%s: ends before record %" PRId64, path, record);
    if (got <= 0) break;
    filled += (size_t)got;
  }
  close(descriptor);
  return sn_ok();
}

bool sn_cifar10_read(const char *path, int64_t record, SnImage *image) {
  *image = (SnImage){0};
  uint8_t bytes[SN_CIFAR10_RECORD_SIZE];
  if (!sn_ok() || !read_record(path, record, bytes)) return false;
  if (!sn_image_allocate(SN_CIFAR10_SIDE, SN_CIFAR10_SIDE, SN_IMAGE_RGB, image)) return false;
  enum { PLANE = SN_CIFAR10_SIDE * SN_CIFAR10_SIDE };
  for (int i = 0; i < PLANE; i++)
    for (int c = 0; c < 3; c++) image->pixels[3 * i + c] = bytes[1 + c * PLANE + i];
  return true;
}
