#include "report/draw/jpeg.h"

#include <setjmp.h>
#include <stdio.h>
/* jpeglib.h needs stdio.h before it. */
#include <jpeglib.h>
/* jerror.h needs jpeglib.h before it. */
#include <jerror.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "report/output_kinds.h"

/* Everything that changes between setjmp and longjmp lives here, never in a local variable. */
typedef struct Writer {
  struct jpeg_compress_struct encoder;
  struct jpeg_error_mgr errors;
  jmp_buf failure;
  struct jpeg_destination_mgr destination;
  SnBytes bytes; /* its capacity is in size until the end */
} Writer;

static void leave(j_common_ptr common) {
  Writer *writer = common->client_data;
  char message[JMSG_LENGTH_MAX];
  common->err->format_message(common, message);
  sn_fail("a picture cannot be written as JPEG: %s",
          common->err->msg_code == JERR_OUT_OF_MEMORY ? "out of memory" : message);
  longjmp(writer->failure, 1);
}

static void say_nothing(j_common_ptr common) { (void)common; }

/* The destination is written here because that of libjpeg (jpeg_mem_dest) leaves a pointer to memory it has freed when
 * its buffer cannot grow. */
static void resize(Writer *writer, size_t capacity) {
  size_t written = writer->bytes.size;
  uint8_t *data = sn_resize(writer->bytes.data, (int64_t)capacity, 1, "a JPEG file");
  if (!data) longjmp(writer->failure, 1);
  writer->bytes = (SnBytes){.data = data, .size = capacity};
  writer->destination.next_output_byte = data + written;
  writer->destination.free_in_buffer = capacity - written;
}

static void begin(j_compress_ptr encoder) { resize(encoder->client_data, 1 << 16); }

static boolean grow(j_compress_ptr encoder) {
  Writer *writer = encoder->client_data;
  resize(writer, 2 * writer->bytes.size);
  return TRUE;
}

static void end(j_compress_ptr encoder) {
  Writer *writer = encoder->client_data;
  size_t size = writer->bytes.size - writer->destination.free_in_buffer;
  if (writer->destination.free_in_buffer == 0) resize(writer, size + 1);
  writer->bytes.size = size;
  writer->bytes.data[size] = 0;
}

static void compress(Writer *writer, const SnPicture *picture, int quality) {
  struct jpeg_compress_struct *encoder = &writer->encoder;
  encoder->err = jpeg_std_error(&writer->errors);
  writer->errors.error_exit = leave;
  writer->errors.output_message = say_nothing;
  encoder->client_data = writer;
  if (setjmp(writer->failure) != 0) return;
  jpeg_create_compress(encoder);
  writer->destination.init_destination = begin;
  writer->destination.empty_output_buffer = grow;
  writer->destination.term_destination = end;
  encoder->dest = &writer->destination;
  encoder->image_width = (JDIMENSION)picture->width;
  encoder->image_height = (JDIMENSION)picture->height;
  encoder->input_components = 3;
  encoder->in_color_space = JCS_RGB;
  jpeg_set_defaults(encoder);
  jpeg_set_quality(encoder, quality, TRUE);
  encoder->optimize_coding = TRUE;
  encoder->comp_info[0].h_samp_factor = encoder->comp_info[0].v_samp_factor = 1;
  jpeg_start_compress(encoder, TRUE);
  jpeg_write_marker(encoder, JPEG_COM, (const JOCTET *)SN_OUTPUT_MARK, sizeof SN_OUTPUT_MARK - 1);
  while (encoder->next_scanline < encoder->image_height) {
    JSAMPROW row = picture->pixels + (size_t)encoder->next_scanline * 3 * (size_t)picture->width;
    jpeg_write_scanlines(encoder, &row, 1);
  }
  jpeg_finish_compress(encoder);
}

bool sn_picture_encode_jpeg(const SnPicture *picture, int quality, SnBytes *jpeg) {
  *jpeg = (SnBytes){0};
  Writer *writer = sn_allocate(1, sizeof *writer, "a JPEG file");
  if (!writer) return false;
  compress(writer, picture, quality);
  jpeg_destroy_compress(&writer->encoder);
  if (sn_ok())
    *jpeg = writer->bytes;
  else
    free(writer->bytes.data);
  free(writer);
  return sn_ok();
}
