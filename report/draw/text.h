/* Text in pictures, antialiased at any size. */
#ifndef SN_REPORT_DRAW_TEXT_H
#define SN_REPORT_DRAW_TEXT_H

#include "report/draw/picture.h"

/* How text looks: the height of a capital letter and the thickness of the pen, in pixels. */
typedef struct SnFont {
  double size, pen;
  SnColor color;
} SnFont;

/* The width that a text takes, in pixels. UTF-8; characters beyond ASCII are shown as a box. */
double sn_text_width(SnFont font, const char *text);

/* Draws a line of text with its left end at x and its baseline at y; gives back the width. */
double sn_draw_text(SnPicture *picture, double x, double y, SnFont font, const char *text);

/* The same, ending at x. */
void sn_draw_text_right(SnPicture *picture, double x, double y, SnFont font, const char *text);

/* The same in at most `width` pixels: where a text is too long its beginning gives way to "..", so that of a path the
 * file's name stays. */
void sn_draw_text_within(SnPicture *picture, double x, double y, double width, SnFont font, const char *text);

#endif
