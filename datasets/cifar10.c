#include "datasets/cifar10.h"

#include "base/error.h"
#include "base/file_reader.h"

bool sn_cifar10_read(const char *path, int64_t record, SnImage *image) {
  *image = (SnImage){0};
  uint8_t bytes[SN_CIFAR10_RECORD_SIZE];
  SnFileReader reader;
  if (!sn_file_reader_open(&reader, path)) return false;
  bool read = sn_file_reader_read(&reader, record * SN_CIFAR10_RECORD_SIZE, bytes, sizeof bytes);
  sn_file_reader_close(&reader);
  if (!read) return false;
  if (!sn_image_allocate(SN_CIFAR10_SIDE, SN_CIFAR10_SIDE, SN_IMAGE_RGB, image)) return false;
  enum { PLANE = SN_CIFAR10_SIDE * SN_CIFAR10_SIDE };
  for (int i = 0; i < PLANE; i++)
    for (int c = 0; c < 3; c++) image->pixels[3 * i + c] = bytes[1 + c * PLANE + i];
  return true;
}
