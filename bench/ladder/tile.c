/* What the rungs with tiles share: weights in the order in which tiles read them, windows in panels, and the edges. */
#include "bench/ladder/tile.h"

#include <stdlib.h>

#include "bench/ladder/columns.h"

const Tile *ladder_best_tile(void) {
  return ladder_has_avx512() ? &ladder_tile_avx512 : ladder_has_avx2() ? &ladder_tile_avx2 : &ladder_tile_portable;
}

bool ladder_is_allowed(const char *instructions) {
  const char *most = getenv("SIMPLENET_CPU");
  if (!most || !*most || strcmp(most, instructions) == 0) return true;
  return strcmp(most, "portable") != 0 && strcmp(most, "avx2") != 0; /* avx512 and better have both */
}

static int panels(int count, int size) { return (count + size - 1) / size; }

size_t ladder_packed_count(const Tile *tile, int out, int depth) {
  return (size_t)(panels(out, tile->rows) * tile->rows) * (size_t)depth;
}

void ladder_pack(const Tile *tile, int out, int depth, const float *weight, float *packed) {
  for (int first = 0; first < out; first += tile->rows)
    for (int k = 0; k < depth; k++)
      for (int o = first; o < first + tile->rows; o++)
        *packed++ = o < out ? weight[(size_t)o * (size_t)depth + (size_t)k] : 0;
}

void ladder_multiply(const Tile *tile, int out, int depth, const float *packed, const float *b, const int *offset,
                     int columns, float *c, size_t pitch) {
  for (int o = 0; o < out; o += tile->rows, packed += (size_t)tile->rows * (size_t)depth) {
    float *to = c + (size_t)o * pitch;
    if (o + tile->rows <= out && columns == tile->columns) {
      tile->multiply(depth, packed, b, offset, to, pitch);
      continue;
    }
    float whole[TILE_ROWS * TILE_COLUMNS]; /* where the tile is larger than what is left */
    tile->multiply(depth, packed, b, offset, whole, (size_t)tile->columns);
    for (int r = 0; r < tile->rows && o + r < out; r++)
      memcpy(to + (size_t)r * pitch, whole + r * tile->columns, (size_t)columns * sizeof(float));
  }
}

/* A row of windows into panels: position q of step k goes to [q / columns][k][q % columns]. */
static void spread(const Tile *tile, const float *row, int count, int depth, int k, int q, float *panels_of) {
  for (int done = 0; done < count;) {
    int panel = (q + done) / tile->columns, at = (q + done) % tile->columns, part = tile->columns - at;
    if (part > count - done) part = count - done;
    float *to = panels_of + ((size_t)panel * (size_t)depth + (size_t)k) * (size_t)tile->columns + at;
    memcpy(to, row + done, (size_t)part * sizeof(float));
    done += part;
  }
}

static void write_panels(const Problem *p, const Tile *tile, int n, float *row, float *to) {
  int depth = ladder_depth(p);
  for (int k = 0; k < depth; k++)
    for (int i = 0; i < p->height; i++) {
      ladder_window_row(p, n, k, i, row);
      spread(tile, row, p->width, depth, k, i * p->width, to);
    }
}

bool ladder_tiled(Problem *p, const Tile *tile) {
  int depth = ladder_depth(p), positions = ladder_positions(p), count = panels(positions, tile->columns);
  size_t panel = (size_t)depth * (size_t)tile->columns;
  bool first = !p->memory[LADDER_WEIGHTS];
  float *packed = ladder_memory(p, LADDER_WEIGHTS, ladder_packed_count(tile, p->out, depth));
  float *windows = ladder_memory(p, LADDER_IMAGE, (size_t)count * panel);
  float *row = ladder_memory(p, LADDER_RESULT, (size_t)p->width);
  int *offset = malloc((size_t)depth * sizeof *offset);
  bool ready = packed && windows && row && offset;
  if (ready && first) {
    ladder_pack(tile, p->out, depth, p->weight, packed);
    memset(windows, 0, (size_t)count * panel * sizeof(float));
  }
  for (int k = 0; ready && k < depth; k++) offset[k] = k * tile->columns;
  for (int n = 0; ready && n < p->images; n++) {
    float *y = p->y + (size_t)(n * p->out) * (size_t)positions;
    write_panels(p, tile, n, row, windows);
    for (int t = 0; t < count; t++) {
      int at = t * tile->columns, columns = positions - at < tile->columns ? positions - at : tile->columns;
      ladder_multiply(tile, p->out, depth, packed, windows + (size_t)t * panel, offset, columns, y + at,
                      (size_t)positions);
    }
  }
  free(offset);
  return ready;
}
