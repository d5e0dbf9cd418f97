/* Pictures as JPEG: for pages with hundreds of photographs, in a fifth of a PNG's bytes. */
#ifndef SN_REPORT_DRAW_JPEG_H
#define SN_REPORT_DRAW_JPEG_H

#include "base/file.h"
#include "report/draw/picture.h"

/* The picture as the bytes of a baseline JPEG, quality from 1 to 100, colours at full resolution (4:4:4) so that thin
 * outlines stay clear; to be released with sn_bytes_free(). */
bool sn_picture_encode_jpeg(const SnPicture *picture, int quality, SnBytes *jpeg);

#endif
