/* A file in memory, open in libtiff, whose complaints become sentences of ours. */
#ifndef SN_DATASETS_TIFF_STREAM_H
#define SN_DATASETS_TIFF_STREAM_H

#include <setjmp.h>
#include <stdbool.h>
#include <tiffio.h>

#include "datasets/image_format.h"

typedef struct SnTiffStream {
  const SnImageFile *file;
  uint64_t position;
  TIFF *tiff;
  char problem[200]; /* libtiff's first error, or the warning that makes damaged true; "" for none */
  bool damaged;      /* a warning told of damage that libtiff goes on after */
  bool abandoned;    /* memory was refused, and libtiff was left where it was */
  jmp_buf refused;   /* to where it is left */
  uint8_t *buffer;   /* the caller's, released with the stream */
} SnTiffStream;

/* Reads the first page's directory. Closed with sn_tiff_stream_close(), after a failure, too. The caller has set
 * stream->file, all else to zero, and stream->refused: libtiff goes on with pointers that it was refused, so it is left
 * as soon as it says so. What it holds then is lost. */
bool sn_tiff_stream_open(SnTiffStream *stream);

/* Raises an error for the first problem: damage, or memory that is short. */
bool sn_tiff_stream_fail(const SnTiffStream *stream);

void sn_tiff_stream_close(SnTiffStream *stream);

#endif
