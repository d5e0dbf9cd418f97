/* Arrays of numbers as TIFF (revision 6.0): one channel of 32-bit floating point, uncompressed, in one strip. */
#ifndef SN_REPORT_DRAW_TIFF_H
#define SN_REPORT_DRAW_TIFF_H

#include <stdbool.h>
#include <stdint.h>

/* Writes values [height, width], rows from the top, to a file, whole or not at all. Sizes from 1; at most 4 GB. */
bool sn_tiff_write(const char *path, const float *values, int64_t width, int64_t height);

#endif
