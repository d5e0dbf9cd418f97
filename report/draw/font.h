/* The letters of every picture: one pen stroke each, in a notation short enough to draw a new one by hand. */
#ifndef SN_REPORT_DRAW_FONT_H
#define SN_REPORT_DRAW_FONT_H

/* A printable ASCII character's glyph; that of any other is a hollow box.
 *
 * First its width, then its strokes, parted by spaces. A stroke is a list of points, each two digits: x from the left,
 * y from the bottom, in units of a ninth of a capital's height; digits above 9 are a, b, c, d. Descenders reach to 0,
 * the baseline is 3, lower-case letters end at 9, capitals at c. The pen goes straight from point to point and rounds
 * the corners; not at a point marked `!`. A stroke that begins with `@` is closed. A single point is a dot. */
const char *sn_glyph(char character);

enum { SN_GLYPH_BASELINE = 3, SN_GLYPH_CAPITAL = 9, SN_GLYPH_HEIGHT = 13 };

#endif
