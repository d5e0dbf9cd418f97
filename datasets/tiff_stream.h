/* A file in memory, open in libtiff, whose complaints become sentences of ours. */
#ifndef SN_DATASETS_TIFF_STREAM_H
#define SN_DATASETS_TIFF_STREAM_H

#include <tiffio.h>

#include "datasets/image_format.h"

typedef struct SnTiffStream {
  const SnImageFile *file;
  uint64_t position;
  TIFF *tiff;
  char problem[200]; /* libtiff's first error, or the warning that makes damaged true; "" for none */
  bool damaged;      /* a warning told of damage that libtiff goes on after */
} SnTiffStream;

/* Reads the first page's directory. Closed with sn_tiff_stream_close(), after a failure, too. */
bool sn_tiff_stream_open(SnTiffStream *stream, const SnImageFile *file);

/* Raises an error for the first problem: damage, or memory that is short. */
bool sn_tiff_stream_fail(const SnTiffStream *stream);

void sn_tiff_stream_close(SnTiffStream *stream);

#endif
