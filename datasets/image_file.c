#include "base/file.h"
#include "datasets/image.h"

bool sn_image_read(const char *path, SnImageMode mode, const SnImageOptions *options, SnImage *image) {
  *image = (SnImage){0};
  SnBytes bytes;
  if (!sn_file_read(path, SN_IMAGE_MAX_FILE_SIZE, &bytes)) return false;
  bool decoded = sn_image_decode(bytes.data, bytes.size, path, mode, options, image);
  sn_bytes_free(&bytes);
  return decoded;
}

bool sn_image_read_header(const char *path, const SnImageOptions *options, SnImage *image) {
  *image = (SnImage){0};
  SnBytes bytes;
  if (!sn_file_read(path, SN_IMAGE_MAX_FILE_SIZE, &bytes)) return false;
  bool decoded = sn_image_decode_header(bytes.data, bytes.size, path, options, image);
  sn_bytes_free(&bytes);
  return decoded;
}

bool sn_image_read_size(const char *path, const SnImageOptions *options, int64_t *width, int64_t *height) {
  SnImage image;
  bool decoded = sn_image_read_header(path, options, &image);
  *width = image.width;
  *height = image.height;
  return decoded;
}
