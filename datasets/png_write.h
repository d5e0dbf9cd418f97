/* PNG files for images that this project draws itself. */
#ifndef SN_DATASETS_PNG_WRITE_H
#define SN_DATASETS_PNG_WRITE_H

#include <stdbool.h>
#include <stdint.h>

/* Writes [height, width, channels] bytes as an 8-bit PNG: channels 1 (grey) or 3 (RGB). The file appears whole or not
 * at all; on failure an error names the path. */
bool sn_png_write(const char *path, const uint8_t *pixels, int64_t width, int64_t height, int channels);

/* The same with the text `software` under PNG's keyword for it, by which a program knows its own files. */
bool sn_png_write_marked(const char *path, const uint8_t *pixels, int64_t width, int64_t height, int channels,
                         const char *software);

#endif
