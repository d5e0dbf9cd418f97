/* WebP by libwebp: lossy and lossless, and the first frame of an animation. */
#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>
#include <webp/demux.h>

#include "base/error.h"
#include "base/memory.h"
#include "datasets/image_format.h"

enum { RIFF_HEADER_SIZE = 8 };

bool sn_is_webp(const uint8_t *data, size_t size) {
  return size >= 12 && memcmp(data, "RIFF", 4) == 0 && memcmp(data + 8, "WEBP", 4) == 0;
}

/* A frame on a canvas of the image's size; a photograph is a frame that covers it. */
typedef struct Picture {
  int64_t width, height; /* of the canvas */
  int64_t left, top;     /* of the frame on it */
  WebPData frame;
  WebPBitstreamFeatures features; /* of the frame */
} Picture;

/* The file is as long as it says: pixels that end too early are no sign of a truncated one. */
static bool fail(const SnImageFile *file, VP8StatusCode status) {
  if (status == VP8_STATUS_OUT_OF_MEMORY) return sn_image_file_no_memory(file, "WebP");
  const bool early = status == VP8_STATUS_NOT_ENOUGH_DATA || status == VP8_STATUS_SUSPENDED;
  return sn_fail("%s: is a damaged WebP file: %s", file->name,
                 early                                      ? "its pixels end too early"
                 : status == VP8_STATUS_UNSUPPORTED_FEATURE ? "it uses a feature that libwebp does not know"
                                                            : "its pixels cannot be decoded");
}

static void read_orientation(const WebPDemuxer *demuxer, int *orientation) {
  WebPChunkIterator chunk;
  if (!WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk)) return;
  /* Some writers keep the six bytes by which JPEG announces EXIF. */
  static const uint8_t prefix[] = {'E', 'x', 'i', 'f', 0, 0};
  const uint8_t *exif = chunk.chunk.bytes;
  size_t size = chunk.chunk.size;
  if (size >= sizeof prefix && memcmp(exif, prefix, sizeof prefix) == 0) {
    exif += sizeof prefix;
    size -= sizeof prefix;
  }
  *orientation = sn_exif_orientation(exif, size);
  WebPDemuxReleaseChunkIterator(&chunk);
}

static bool read_frame(const SnImageFile *file, const WebPDemuxer *demuxer, Picture *picture) {
  WebPIterator frame;
  if (!WebPDemuxGetFrame(demuxer, 1, &frame)) return fail(file, VP8_STATUS_NOT_ENOUGH_DATA);
  *picture = (Picture){.width = WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_WIDTH),
                       .height = WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_HEIGHT),
                       .left = frame.x_offset,
                       .top = frame.y_offset,
                       .frame = frame.fragment};
  const VP8StatusCode status = WebPGetFeatures(frame.fragment.bytes, frame.fragment.size, &picture->features);
  WebPDemuxReleaseIterator(&frame);
  if (status != VP8_STATUS_OK) return fail(file, status);
  if (picture->left + picture->features.width > picture->width ||
      picture->top + picture->features.height > picture->height)
    return sn_fail("%s: is a damaged WebP file: its frame is larger than its canvas", file->name);
  return sn_image_file_check_size(file, picture->width, picture->height);
}

enum { LOSSLESS = 2 }; /* WebPBitstreamFeatures.format */

static bool decode_frame(const SnImageFile *file, const Picture *picture, SnImage *image) {
  const int64_t pixels = (int64_t)picture->features.width * picture->features.height;
  /* libwebp holds four bytes for each pixel of a lossless frame, and up to two for those of an alpha plane. */
  const int64_t scratch = picture->features.format == LOSSLESS ? 4 * pixels
                          : picture->features.has_alpha        ? 2 * pixels
                                                               : 0;
  if (!sn_image_file_allocate(file, picture->width, picture->height, SN_IMAGE_RGB, 3 * pixels, scratch, image))
    return false;
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) return sn_fail("libwebp is of another version than its headers");
  const int64_t stride = 3 * image->width, offset = picture->top * stride + 3 * picture->left;
  config.output.colorspace = MODE_RGB; /* alpha is left out */
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = image->pixels + offset;
  config.output.u.RGBA.stride = (int)stride;
  config.output.u.RGBA.size = (size_t)(stride * image->height - offset);
  const VP8StatusCode status = WebPDecode(picture->frame.bytes, picture->frame.size, &config);
  WebPFreeDecBuffer(&config.output);
  return status == VP8_STATUS_OK || fail(file, status);
}

static bool decode_picture(const SnImageFile *file, const WebPDemuxer *demuxer, SnImage *image, int *orientation) {
  Picture picture;
  if (!read_frame(file, demuxer, &picture)) return false;
  read_orientation(demuxer, orientation);
  if (file->header_only)
    *image = (SnImage){.width = picture.width, .height = picture.height, .channels = SN_IMAGE_RGB};
  else if (!decode_frame(file, &picture, image))
    return false;
  image->bits = 8;
  image->is_lossy = picture.features.format != LOSSLESS;
  return true;
}

bool sn_webp_decode(const SnImageFile *file, SnImage *image, int *orientation) {
  const uint8_t *length = file->data + 4;
  const uint64_t declared =
      length[0] | (uint32_t)length[1] << 8 | (uint32_t)length[2] << 16 | (uint64_t)length[3] << 24;
  if (declared + RIFF_HEADER_SIZE > file->size) return sn_image_file_truncated(file, "WebP");
  const WebPData data = {file->data, (size_t)declared + RIFF_HEADER_SIZE};
  WebPDemuxState state;
  WebPDemuxer *demuxer = WebPDemuxPartial(&data, &state);
  bool decoded = false;
  if (!demuxer && state != WEBP_DEMUX_PARSE_ERROR)
    sn_image_file_no_memory(file, "WebP");
  else if (!demuxer)
    sn_fail("%s: is a damaged WebP file: its chunks do not follow the format", file->name);
  else
    decoded = decode_picture(file, demuxer, image, orientation);
  WebPDemuxDelete(demuxer);
  return decoded;
}
