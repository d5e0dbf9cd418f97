/* Pictures as PNG files. */
#ifndef SN_REPORT_DRAW_PNG_H
#define SN_REPORT_DRAW_PNG_H

#include "base/file.h"
#include "report/draw/picture.h"

/* The picture as the bytes of an 8-bit RGB PNG, to be released with sn_bytes_free(). */
bool sn_picture_encode(const SnPicture *picture, SnBytes *png);

/* Writes the picture to a file, which appears whole or not at all; an error names the path. */
bool sn_picture_write(const SnPicture *picture, const char *path);

#endif
