/* JPEG by libjpeg-turbo, driven as Pillow drives it, so that pixels and refusals agree. */
#include <setjmp.h>
#include <stdio.h>
/* jpeglib.h needs stdio.h before it. */
#include <jpeglib.h>
/* jerror.h needs jpeglib.h before it. */
#include <jerror.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "datasets/image_format.h"

/* A small file can hold thousands of scans, each of which costs a pass over the whole image; about ten are usual. A
 * scan that codes nothing takes a few bytes, and up to 60 ns for each block that it passes over: half a second for so
 * many, and as many for each byte of the file as 1 MB of them share. */
enum { MAX_SCANS = 100, MAX_BLOCKS = 8 << 20, MAX_BLOCKS_PER_BYTE = 8 };

bool sn_is_jpeg(const uint8_t *data, size_t size) {
  return size >= 3 && data[0] == 0xff && data[1] == 0xd8 && data[2] == 0xff;
}

/* Everything that changes between setjmp and longjmp lives here, never in a local variable. */
typedef struct Reader {
  struct jpeg_decompress_struct decoder;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  jmp_buf failure;
  const SnImageFile *file;
  SnImage *image;
  uint8_t *row; /* one row of CMYK */
  bool has_exif;
  int orientation;
  int scans;      /* begun so far */
  int64_t blocks; /* of them all */
} Reader;

static void leave(j_common_ptr common) {
  Reader *reader = common->client_data;
  char message[JMSG_LENGTH_MAX];
  common->err->format_message(common, message);
  if (common->err->msg_code == JERR_OUT_OF_MEMORY)
    sn_image_file_no_memory(reader->file, "JPEG");
  else
    sn_fail("%s: is a damaged JPEG file: %s", reader->file->name, message);
  longjmp(reader->failure, 1);
}

static void say_nothing(j_common_ptr common) { (void)common; }

/* Whether the bytes that the decoder skipped before a marker are zeros, with which some cameras fill the file up. */
static bool skipped_zeros_only(const Reader *reader, int count) {
  const uint8_t *next = reader->source.next_input_byte;
  if (count > next - reader->file->data) return false;
  for (int i = 1; i <= count; i++)
    if (next[-i] != 0) return false;
  return true;
}

/* What the decoder warns of and goes on. Where bytes of the pixels are wrong it makes up the rest of the image, or of a
 * part of it, and Pillow shows that; here the file is damaged. Odd headers and orders of scans do no harm. */
static void judge_warning(j_common_ptr common, int level) {
  Reader *reader = common->client_data;
  if (level >= 0) return;
  switch (common->err->msg_code) {
    case JWRN_EXTRANEOUS_DATA:
      if (skipped_zeros_only(reader, common->err->msg_parm.i[0])) return;
      break;
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
      break;
    default:
      return;
  }
  leave(common);
}

static void limit_scans(j_common_ptr common) {
  Reader *reader = common->client_data;
  const struct jpeg_decompress_struct *decoder = &reader->decoder;
  const int64_t bought = MAX_BLOCKS_PER_BYTE * (int64_t)reader->file->size;
  if (decoder->input_scan_number == reader->scans) return;
  reader->scans = decoder->input_scan_number;
  for (int c = 0; c < decoder->comps_in_scan; c++)
    reader->blocks += (int64_t)decoder->cur_comp_info[c]->width_in_blocks * decoder->cur_comp_info[c]->height_in_blocks;
  if (reader->scans > MAX_SCANS)
    sn_fail("%s: is a JPEG file of more than %d scans", reader->file->name, MAX_SCANS);
  else if (reader->blocks > (bought > MAX_BLOCKS ? bought : MAX_BLOCKS))
    sn_fail("%s: is a JPEG file of %d scans and more, which are too many for %u x %u pixels in %zu bytes",
            reader->file->name, reader->scans, decoder->image_width, decoder->image_height, reader->file->size);
  else
    return;
  longjmp(reader->failure, 1);
}

static void source_nothing(j_decompress_ptr decoder) { (void)decoder; }

/* The whole file is in the buffer: at its end the decoder suspends, which distinguishes a truncated file from a whole
 * one. */
static boolean source_fill(j_decompress_ptr decoder) {
  (void)decoder;
  return FALSE;
}

static void source_skip(j_decompress_ptr decoder, long count) {
  struct jpeg_source_mgr *source = decoder->src;
  const size_t skipped = count <= 0                                ? 0
                         : (size_t)count < source->bytes_in_buffer ? (size_t)count
                                                                   : source->bytes_in_buffer;
  source->next_input_byte += skipped;
  source->bytes_in_buffer -= skipped;
}

/* Pillow takes every CMYK file as Adobe writes it, inverted: 255 means no ink. */
static void convert_cmyk_row(const uint8_t *cmyk, int64_t width, uint8_t *rgb) {
  for (int64_t x = 0; x < width; x++, cmyk += 4)
    for (int c = 0; c < 3; c++) {
      const int light = cmyk[3], product = (255 - cmyk[c]) * light + 128;
      *rgb++ = (uint8_t)(light - (((product >> 8) + product) >> 8));
    }
}

/* The first APP1 segment with EXIF counts. libjpeg would save all of them in a list that it goes through for each: a
 * file of nothing but segments took seconds a megabyte. */
static boolean read_orientation(j_decompress_ptr decoder) {
  static const char prefix[6] = "Exif\0";
  Reader *reader = decoder->client_data;
  struct jpeg_source_mgr *source = decoder->src;
  const uint8_t *segment = source->next_input_byte;
  if (source->bytes_in_buffer < 2) return FALSE;
  const size_t length = (size_t)segment[0] << 8 | segment[1], used = length < 2 ? 2 : length;
  if (source->bytes_in_buffer < used) return FALSE;
  if (!reader->has_exif && length > 2 + sizeof prefix && memcmp(segment + 2, prefix, sizeof prefix) == 0) {
    reader->has_exif = true;
    reader->orientation = sn_exif_orientation(segment + 2 + sizeof prefix, length - 2 - sizeof prefix);
  }
  source->next_input_byte += used;
  source->bytes_in_buffer -= used;
  return TRUE;
}

static bool truncated(const Reader *reader) { return sn_image_file_truncated(reader->file, "JPEG"); }

static bool read_header(Reader *reader) {
  j_decompress_ptr decoder = &reader->decoder;
  int status;
  do status = jpeg_read_header(decoder, FALSE);
  while (status == JPEG_HEADER_TABLES_ONLY);
  if (status == JPEG_SUSPENDED) return truncated(reader);
  const int64_t width = decoder->image_width, height = decoder->image_height;
  if (!sn_image_file_check_size(reader->file, width, height)) return false;
  const int components = decoder->num_components;
  if (components != 1 && components != 3 && components != 4)
    return sn_fail("%s: is a JPEG file of %d components, where 1, 3 or 4 are expected", reader->file->name, components);
  decoder->out_color_space = components == 1 ? JCS_GRAYSCALE : components == 3 ? JCS_RGB : JCS_CMYK;
  *reader->image =
      (SnImage){.width = width, .height = height, .channels = components == 1 ? SN_IMAGE_GREY : SN_IMAGE_RGB};
  return true;
}

static bool read_pixels(Reader *reader) {
  j_decompress_ptr decoder = &reader->decoder;
  SnImage *image = reader->image;
  int64_t samples = 0;
  for (int c = 0; c < decoder->num_components; c++) /* without padding, of which there is less than a block's row */
    samples += (int64_t)decoder->comp_info[c].width_in_blocks * decoder->comp_info[c].height_in_blocks * DCTSIZE2;
  /* Several scans are put together in memory, where each sample has a coefficient. */
  const int64_t scratch = jpeg_has_multiple_scans(decoder) ? samples * (int64_t)sizeof(JCOEF) : 0;
  if (!sn_image_file_allocate(reader->file, image->width, image->height, image->channels, samples, scratch, image))
    return false;
  if (!jpeg_start_decompress(decoder)) return truncated(reader);
  const bool cmyk = decoder->num_components == 4;
  if (cmyk && !(reader->row = sn_allocate(image->width, 4, reader->file->name))) return false;
  while (decoder->output_scanline < decoder->output_height) {
    uint8_t *pixels = image->pixels + (int64_t)decoder->output_scanline * image->width * image->channels;
    JSAMPROW row = cmyk ? reader->row : pixels;
    if (jpeg_read_scanlines(decoder, &row, 1) != 1) return truncated(reader);
    if (cmyk) convert_cmyk_row(reader->row, image->width, pixels);
  }
  /* Suspended here, the file lacks only its end marker, which Pillow does not mind. */
  jpeg_finish_decompress(decoder);
  return true;
}

static void read_image(Reader *reader) {
  if (setjmp(reader->failure)) return;
  jpeg_create_decompress(&reader->decoder);
  reader->decoder.client_data = reader;
  reader->decoder.src = &reader->source;
  reader->decoder.progress = &reader->progress;
  jpeg_set_marker_processor(&reader->decoder, JPEG_APP0 + 1, read_orientation);
  if (read_header(reader) && !reader->file->header_only) read_pixels(reader);
}

/* Goes from marker to marker as libjpeg does. */
bool sn_jpeg_is_progressive(const uint8_t *data, size_t size) {
  enum { START_OF_FRAME = 0xc0, START_OF_SCAN = 0xda };
  for (size_t at = 2; at + 3 < size;) {
    if (data[at] != 0xff || data[at + 1] == 0xff || data[at + 1] == 0) {
      at++;
      continue;
    }
    const int marker = data[at + 1];
    if (marker == START_OF_SCAN) return false;
    /* The second bit of a frame's number; 0xc4, 0xc8 and 0xcc are no frames. */
    if (marker >= START_OF_FRAME && marker <= 0xcf && (marker & 3) == 2) return true;
    const bool alone = marker == 0x01 || (marker >= 0xd0 && marker <= 0xd9);
    at += alone ? 2 : 2 + (size_t)(data[at + 2] << 8 | data[at + 3]);
  }
  return false;
}

bool sn_jpeg_decode(const SnImageFile *file, SnImage *image, int *orientation) {
  Reader reader = {.file = file, .image = image, .orientation = 1};
  reader.decoder.err = jpeg_std_error(&reader.errors);
  reader.decoder.client_data = &reader;
  reader.errors.error_exit = leave;
  reader.errors.output_message = say_nothing;
  reader.errors.emit_message = judge_warning;
  reader.progress.progress_monitor = limit_scans;
  reader.source = (struct jpeg_source_mgr){.next_input_byte = file->data,
                                           .bytes_in_buffer = file->size,
                                           .init_source = source_nothing,
                                           .fill_input_buffer = source_fill,
                                           .skip_input_data = source_skip,
                                           .resync_to_restart = jpeg_resync_to_restart,
                                           .term_source = source_nothing};
  read_image(&reader);
  jpeg_destroy_decompress(&reader.decoder);
  free(reader.row);
  image->bits = 8;
  image->is_lossy = true;
  *orientation = reader.orientation;
  return sn_ok();
}
