#include "report/draw/text.h"

#include <math.h>

#include "report/draw/font.h"

enum { STROKE_POINTS = 16, CURVE_STEPS = 5, LINE_POINTS = STROKE_POINTS * (CURVE_STEPS + 1) + 1 };

static const double letter_gap = 2.6, corner_radius = 2.6; /* in units of the glyphs' grid */

typedef struct Point {
  double x, y;
} Point;

typedef struct Stroke {
  Point points[STROKE_POINTS];
  bool sharp[STROKE_POINTS];
  int count;
  bool closed;
} Stroke;

typedef struct Line {
  Point points[LINE_POINTS];
  int count;
} Line;

static int digit(char c) { return c >= 'a' ? c - 'a' + 10 : c - '0'; }

/* Reads a stroke and returns what follows it. */
static const char *read_stroke(const char *text, Stroke *stroke) {
  *stroke = (Stroke){.closed = *text == '@'};
  if (stroke->closed) text++;
  while (*text && *text != ' ' && stroke->count < STROKE_POINTS) {
    stroke->points[stroke->count] = (Point){digit(text[0]), digit(text[1])};
    text += 2;
    stroke->sharp[stroke->count] = *text == '!';
    if (*text == '!') text++;
    stroke->count++;
  }
  return *text == ' ' ? text + 1 : text;
}

static double distance(Point a, Point b) { return hypot(a.x - b.x, a.y - b.y); }

static Point between(Point a, Point b, double share) {
  return (Point){a.x + share * (b.x - a.x), a.y + share * (b.y - a.y)};
}

static void add_point(Line *line, Point point) { line->points[line->count++] = point; }

/* A corner is a parabola from one edge to the next. An edge between two corners gives each its half. */
static void add_corner(Line *line, const Stroke *stroke, int i) {
  int n = stroke->count;
  Point before = stroke->points[(i + n - 1) % n], corner = stroke->points[i], after = stroke->points[(i + 1) % n];
  double in = distance(before, corner), out = distance(corner, after);
  double in_room = stroke->closed || i > 1 ? 0.5 * in : in;
  double out_room = stroke->closed || i < n - 2 ? 0.5 * out : out;
  double cut = fmin(corner_radius, fmin(in_room, out_room));
  Point begin = between(corner, before, cut / in), end = between(corner, after, cut / out);
  for (int step = 0; step <= CURVE_STEPS; step++) {
    double t = (double)step / CURVE_STEPS;
    add_point(line, between(between(begin, corner, t), between(corner, end, t), t));
  }
}

static void round_corners(const Stroke *stroke, Line *line) {
  *line = (Line){.count = 0}; /* a stroke may have no points */
  for (int i = 0; i < stroke->count; i++) {
    bool end = !stroke->closed && (i == 0 || i == stroke->count - 1);
    if (end || stroke->sharp[i])
      add_point(line, stroke->points[i]);
    else
      add_corner(line, stroke, i);
  }
  if (stroke->closed && line->count > 0) add_point(line, line->points[0]);
}

static double distance_to_segment(Point p, Point a, Point b) {
  double dx = b.x - a.x, dy = b.y - a.y, square = dx * dx + dy * dy;
  double t = square > 0.0 ? ((p.x - a.x) * dx + (p.y - a.y) * dy) / square : 0.0;
  return distance(p, between(a, b, fmin(fmax(t, 0.0), 1.0)));
}

static double distance_to_line(Point p, const Line *line) {
  double nearest = distance(p, line->points[0]);
  for (int i = 1; i < line->count; i++)
    nearest = fmin(nearest, distance_to_segment(p, line->points[i - 1], line->points[i]));
  return nearest;
}

/* Covers the pixels under a pen of round tip drawn along the line, which is in pixels and has a point. */
static void draw_line(SnPicture *picture, const Line *line, double pen, SnColor color) {
  Point low = line->points[0], high = low;
  for (int i = 1; i < line->count; i++) {
    low = (Point){fmin(low.x, line->points[i].x), fmin(low.y, line->points[i].y)};
    high = (Point){fmax(high.x, line->points[i].x), fmax(high.y, line->points[i].y)};
  }
  double reach = 0.5 * pen + 1.0;
  for (int64_t y = (int64_t)floor(low.y - reach); (double)y <= high.y + reach; y++)
    for (int64_t x = (int64_t)floor(low.x - reach); (double)x <= high.x + reach; x++) {
      Point center = {(double)x + 0.5, (double)y + 0.5};
      sn_draw_pixel(picture, x, y, color, 0.5 * pen + 0.5 - distance_to_line(center, line));
    }
}

static void draw_glyph(SnPicture *picture, double x, double y, SnFont font, const char *strokes) {
  double unit = font.size / SN_GLYPH_CAPITAL;
  while (*strokes) {
    Stroke stroke;
    Line line;
    strokes = read_stroke(strokes, &stroke);
    round_corners(&stroke, &line);
    for (int i = 0; i < line.count; i++)
      line.points[i] = (Point){x + unit * line.points[i].x, y - unit * (line.points[i].y - (double)SN_GLYPH_BASELINE)};
    if (line.count > 0) draw_line(picture, &line, stroke.count == 1 ? 1.35 * font.pen : font.pen, font.color);
  }
}

static bool continues_character(char c) { return ((unsigned char)c & 0xC0) == 0x80; }

static double advance(SnFont font, const char *glyph) {
  return font.size / SN_GLYPH_CAPITAL * (digit(glyph[0]) + letter_gap);
}

double sn_text_width(SnFont font, const char *text) {
  double width = 0.0;
  for (; *text; text++)
    if (!continues_character(*text)) width += advance(font, sn_glyph(*text));
  return width;
}

double sn_draw_text(SnPicture *picture, double x, double y, SnFont font, const char *text) {
  double left = x, margin = 0.5 * letter_gap * font.size / SN_GLYPH_CAPITAL;
  for (; *text; text++) {
    if (continues_character(*text)) continue;
    const char *glyph = sn_glyph(*text);
    if (glyph[1]) draw_glyph(picture, x + margin, y, font, glyph + 2);
    x += advance(font, glyph);
  }
  return x - left;
}

void sn_draw_text_right(SnPicture *picture, double x, double y, SnFont font, const char *text) {
  sn_draw_text(picture, x - sn_text_width(font, text), y, font, text);
}

void sn_draw_text_within(SnPicture *picture, double x, double y, double width, SnFont font, const char *text) {
  const char *shown = text;
  double dots = 0.0;
  while (*shown && sn_text_width(font, shown) + dots > width) {
    do shown++;
    while (continues_character(*shown));
    dots = sn_text_width(font, "..");
  }
  if (shown != text) x += sn_draw_text(picture, x, y, font, "..");
  sn_draw_text(picture, x, y, font, shown);
}
