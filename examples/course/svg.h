/* Diagrams of the course as SVG: boxes, arrows and words on a white page, so that they look alike on light and dark
 * pages.
 */
#ifndef EXAMPLES_COURSE_SVG_H
#define EXAMPLES_COURSE_SVG_H

#include "report/markup.h"

static inline void svg_open(SnMarkup *svg, int width, int height) {
  sn_markup(svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\">\n"
            "<style>text{font:14px system-ui,'DejaVu Sans',sans-serif;fill:#1f2328}.small{font-size:12px;fill:#5c636b}"
            "</style>\n<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" "
            "markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8Z\" fill=\"#5c636b\"/></marker></defs>\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
            width, height, width);
}

static inline bool svg_close(SnMarkup *svg, const char *path) {
  sn_markup(svg, "</svg>\n");
  return sn_markup_write(svg, path);
}

static inline void svg_box(SnMarkup *svg, int x, int y, int width, int height, const char *fill) {
  sn_markup(svg, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\" fill=\"%s\" stroke=\"#8b949e\"/>\n", x, y,
            width, height, fill);
}

static inline void svg_text(SnMarkup *svg, int x, int y, const char *anchor, const char *look, const char *text) {
  sn_markup(svg, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" class=\"%s\">", x, y, anchor, look);
  sn_markup_text(svg, text);
  sn_markup(svg, "</text>\n");
}

static inline void svg_arrow(SnMarkup *svg, int x1, int y1, int x2, int y2) {
  sn_markup(svg,
            "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#5c636b\" stroke-width=\"1.5\" "
            "marker-end=\"url(#tip)\"/>\n",
            x1, y1, x2, y2);
}

#endif
