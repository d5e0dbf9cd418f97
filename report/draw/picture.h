/* A canvas of RGB pixels, and the few shapes that everything else is drawn with. */
#ifndef SN_REPORT_DRAW_PICTURE_H
#define SN_REPORT_DRAW_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

/* A picture in memory, to be released with sn_picture_free. */
typedef struct SnPicture {
  int64_t width, height; /* pixels */
  uint8_t *pixels;       /* owned; [height][width][3], rows from the top */
} SnPicture;

/* A colour in sRGB. */
typedef struct SnColor {
  uint8_t red, green, blue; /* 0 to 255 */
} SnColor;

/* SN_RGB(0x1f77b4), as on the web. */
#define SN_RGB(hex) ((SnColor){(uint8_t)((hex) >> 16 & 255), (uint8_t)((hex) >> 8 & 255), (uint8_t)((hex)&255)})

/* A picture of one colour, at most 2^15 pixels a side; empty and an error on failure. */
bool sn_picture_create(int64_t width, int64_t height, SnColor background, SnPicture *picture);
void sn_picture_free(SnPicture *picture);

SnColor sn_mix(SnColor from, SnColor to, double share); /* from at 0, to at 1 */

/* Everything below leaves out what lies outside the picture; opacity is in [0, 1]. */

/* Covers one pixel with a colour. */
void sn_draw_pixel(SnPicture *picture, int64_t x, int64_t y, SnColor color, double opacity);

/* A filled rectangle. */
void sn_draw_rectangle(SnPicture *picture, int64_t x, int64_t y, int64_t width, int64_t height, SnColor color);

/* A filled rectangle with round corners, antialiased. */
void sn_draw_rounded(SnPicture *picture, int64_t x, int64_t y, int64_t width, int64_t height, double radius,
                     SnColor color);

/* The pixels of another picture, its left top corner at (x, y). */
void sn_draw_picture(SnPicture *picture, int64_t x, int64_t y, const SnPicture *other);

#endif
