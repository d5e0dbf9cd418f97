/* Rung 8: no windows. The image is copied once with a border of zeros, in rows of pitch = width + 2 numbers. Position q
 * of that image and step k = (c, u, v) of the depth meet at
 *
 *   padded[q + c * plane + u * pitch + v],
 *
 * so neighbouring positions are neighbours in memory for every k, and the tile reads them there: the offsets that it
 * takes are c * plane + u * pitch + v. Positions in the border are computed for nothing, 2 of width + 2. What im2col
 * wrote and read, nine times the image, is gone. */
#include "bench/ladder/in_place.h"

#include <stdlib.h>
#include <string.h>

bool ladder_in_place_begin(InPlace *g, Problem *p, int threads) {
  const Tile *tile = ladder_best_tile();
  bool first = !p->memory[LADDER_WEIGHTS];
  *g = (InPlace){.p = p, .tile = tile, .depth = p->in * LADDER_TAPS, .pitch = p->width + 2};
  g->plane = (p->height + 2) * g->pitch;
  g->panels = (p->height * g->pitch + tile->columns - 1) / tile->columns;
  size_t count = (size_t)p->in * (size_t)g->plane + 2 * TILE_COLUMNS; /* the last tile reads beyond the last position */
  g->packed = ladder_memory(p, LADDER_WEIGHTS, ladder_packed_count(tile, p->out, g->depth));
  g->image = ladder_memory(p, LADDER_IMAGE, count);
  g->results = ladder_memory(p, LADDER_RESULT, (size_t)(threads * p->out * tile->columns));
  g->offset = malloc((size_t)g->depth * sizeof *g->offset);
  if (!g->packed || !g->image || !g->results || !g->offset) {
    ladder_in_place_end(g);
    return false;
  }
  for (int k = 0; k < g->depth; k++) g->offset[k] = k / LADDER_TAPS * g->plane + k % LADDER_TAPS / 3 * g->pitch + k % 3;
  if (first) {
    ladder_pack(tile, p->out, g->depth, p->weight, g->packed);
    memset(g->image, 0, count * sizeof(float)); /* the border stays zero */
  }
  return true;
}

void ladder_in_place_end(InPlace *g) { free(g->offset); }

void ladder_in_place_pad(const InPlace *g, int n, int c) {
  const Problem *p = g->p;
  const float *from = p->x + (size_t)(n * p->in + c) * (size_t)(p->height * p->width);
  float *to = g->image + (size_t)c * (size_t)g->plane + g->pitch + 1;
  for (int i = 0; i < p->height; i++, from += p->width, to += g->pitch)
    memcpy(to, from, (size_t)p->width * sizeof(float));
}

/* Of `columns` positions from q on, those in the image. */
static void copy_out(const InPlace *g, const float *from, int q, float *y) {
  const Problem *p = g->p;
  for (int done = 0; done < g->tile->columns && q + done < p->height * g->pitch;) {
    int row = (q + done) / g->pitch, column = (q + done) % g->pitch, part = g->tile->columns - done;
    if (part > g->pitch - column) part = g->pitch - column; /* to the end of the row */
    int kept = part < p->width - column ? part : p->width - column;
    if (kept > 0) memcpy(y + row * p->width + column, from + done, (size_t)kept * sizeof(float));
    done += part;
  }
}

void ladder_in_place_panel(const InPlace *g, int n, int panel, int thread) {
  const Problem *p = g->p;
  int columns = g->tile->columns, q = panel * columns;
  float *result = g->results + (size_t)(thread * p->out * columns);
  ladder_multiply(g->tile, p->out, g->depth, g->packed, g->image + q, g->offset, columns, result, (size_t)columns);
  for (int o = 0; o < p->out; o++)
    copy_out(g, result + o * columns, q, p->y + (size_t)(n * p->out + o) * (size_t)(p->height * p->width));
}

bool ladder_in_place(Problem *p) {
  InPlace g;
  if (!ladder_in_place_begin(&g, p, 1)) return false;
  for (int n = 0; n < p->images; n++) {
    for (int c = 0; c < p->in; c++) ladder_in_place_pad(&g, n, c);
    for (int panel = 0; panel < g.panels; panel++) ladder_in_place_panel(&g, n, panel, 0);
  }
  ladder_in_place_end(&g);
  return true;
}
