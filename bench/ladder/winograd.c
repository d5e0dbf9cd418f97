/* The frame of rungs 10 and 11. A piece of the image, some rows of tiles, is small enough for the second-level cache; a
 * thread takes a piece and does all three steps with it: tiles transformed, one matrix product for each of their
 * (m + 2)^2 components, and transformed back.
 *
 * So that vectors run along tiles, the piece is split into m x m planes, of the pixels whose row and column leave the
 * same remainders by m: pixel (i, j) of tile t is then plane[i % m][j % m][t + (i / m) * across + j / m]. A row of
 * tiles has across = tiles + 1 places, and what is computed for the last one is not used. */
#include "bench/ladder/winograd.h"

#include <stdlib.h>
#include <string.h>

#include "bench/ladder/threads.h"

enum { CACHE = 5 << 16 }; /* floats of a piece's transformed tiles and products: 1.25 MiB */

typedef struct Work {
  Problem *p;
  const Winograd *w;
  const Tile *tile;
  int m, side, components;
  int down, across, rows, pieces; /* tiles of an image; rows of tiles in a piece, at most; pieces of an image */
  int plane;                      /* floats of one of the m x m planes */
  size_t pitch;                   /* tiles of a piece, rounded up to whole tiles of the product */
  int *offset;                    /* [in] */
  float *weights;                 /* [components][packed] */
  float *memory;                  /* [threads][memory_count] */
  size_t memory_count;
} Work;

typedef struct Piece {
  const float *x; /* of its image */
  float *y;
  int first, rows, count; /* rows of tiles; places */
  float *inputs;          /* [components][in][pitch] */
  float *products;        /* [components][out][pitch] */
  float *scratch;
} Piece;

/* ---- weights: U = G g G^T, once ---- */

static void transform_weight(const Work *work, const float *g, float *to, size_t apart) {
  for (int i = 0; i < work->side; i++)
    for (int j = 0; j < work->side; j++) {
      float sum = 0;
      for (int u = 0; u < 3; u++)
        for (int v = 0; v < 3; v++) sum += work->w->g[i][u] * g[u * 3 + v] * work->w->g[j][v];
      to[(size_t)(i * work->side + j) * apart] = sum;
    }
}

static bool transform_weights(const Work *work) {
  const Problem *p = work->p;
  size_t apart = (size_t)(p->out * p->in), packed = ladder_packed_count(work->tile, p->out, p->in);
  float *plain = malloc((size_t)work->components * apart * sizeof(float));
  if (!plain) return false;
  for (size_t i = 0; i < apart; i++) transform_weight(work, p->weight + i * LADDER_TAPS, plain + i, apart);
  for (size_t i = 0; i < (size_t)work->components; i++)
    ladder_pack(work->tile, p->out, p->in, plain + i * apart, work->weights + i * packed);
  free(plain);
  return true;
}

/* ---- one channel: V = B^T d B ---- */

/* The m x m planes of a channel's part, with zeros around the image. */
static void split(const Work *work, const Piece *piece, const float *x, float *planes, float *line) {
  const Problem *p = work->p;
  int m = work->m, columns = work->across * m, kept = p->width < columns - 1 ? p->width : columns - 1;
  for (int i = 0; i < (piece->rows + 1) * m; i++) {
    int row = piece->first * m + i - 1;
    memset(line, 0, (size_t)columns * sizeof(float));
    if (row >= 0 && row < p->height) memcpy(line + 1, x + row * p->width, (size_t)kept * sizeof(float));
    for (int j = 0; j < m; j++) {
      float *to = planes + (i % m * m + j) * work->plane + i / m * work->across;
      for (int q = 0; q < work->across; q++) to[q] = line[q * m + j];
    }
  }
}

static void transform_input(const Work *work, const Piece *piece, int c) {
  const Problem *p = work->p;
  int m = work->m, side = work->side, count = piece->count;
  const float *from[WINOGRAD_SIDE];
  float *to[WINOGRAD_SIDE], *planes = piece->scratch, *half = planes + m * m * work->plane;
  split(work, piece, piece->x + (size_t)c * (size_t)(p->height * p->width), planes, half);
  for (int j = 0; j < side; j++) {
    for (int i = 0; i < side; i++) {
      from[i] = planes + (i % m * m + j % m) * work->plane + i / m * work->across + j / m;
      to[i] = half + (i * side + j) * count;
    }
    work->w->input(from, to, count);
  }
  for (int i = 0; i < side; i++) {
    for (int j = 0; j < side; j++) {
      from[j] = half + (i * side + j) * count;
      to[j] = piece->inputs + (size_t)((i * side + j) * p->in + c) * work->pitch;
    }
    work->w->input(from, to, count);
  }
}

/* ---- one component: M = U V ---- */

static void multiply(const Work *work, const Piece *piece, int component) {
  const Problem *p = work->p;
  int columns = work->tile->columns;
  const float *packed = work->weights + (size_t)component * ladder_packed_count(work->tile, p->out, p->in);
  const float *inputs = piece->inputs + (size_t)(component * p->in) * work->pitch;
  float *products = piece->products + (size_t)(component * p->out) * work->pitch;
  for (int at = 0; at < piece->count; at += columns)
    ladder_multiply(work->tile, p->out, p->in, packed, inputs + at, work->offset, columns, products + at, work->pitch);
}

/* ---- one output: Y = A^T M A ---- */

/* The outputs of tiles, [m][m][count], to their places. */
static void join(const Work *work, const Piece *piece, const float *tiles, float *y) {
  const Problem *p = work->p;
  int m = work->m, top = piece->first * m;
  for (int i = 0; i < piece->rows * m && top + i < p->height; i++)
    for (int b = 0; b < m; b++) {
      const float *from = tiles + (i % m * m + b) * piece->count + i / m * work->across;
      for (int j = b, q = 0; j < p->width; j += m, q++) y[(top + i) * p->width + j] = from[q];
    }
}

static void transform_output(const Work *work, const Piece *piece, int o) {
  const Problem *p = work->p;
  int m = work->m, side = work->side, count = piece->count;
  const float *from[WINOGRAD_SIDE];
  float *to[WINOGRAD_SIDE], *half = piece->scratch, *tiles = half + m * side * count;
  for (int j = 0; j < side; j++) {
    for (int i = 0; i < side; i++) from[i] = piece->products + (size_t)((i * side + j) * p->out + o) * work->pitch;
    for (int a = 0; a < m; a++) to[a] = half + (a * side + j) * count;
    work->w->output(from, to, count);
  }
  for (int a = 0; a < m; a++) {
    for (int j = 0; j < side; j++) from[j] = half + (a * side + j) * count;
    for (int b = 0; b < m; b++) to[b] = tiles + (a * m + b) * count;
    work->w->output(from, to, count);
  }
  join(work, piece, tiles, piece->y + (size_t)o * (size_t)(p->height * p->width));
}

/* ---- all of it ---- */

static void convolve_piece(void *context, int i, int thread) {
  const Work *work = context;
  const Problem *p = work->p;
  size_t image = (size_t)(i / work->pieces), size = (size_t)(p->height * p->width);
  int number = i % work->pieces, first = number * work->rows;
  float *memory = work->memory + (size_t)thread * work->memory_count;
  Piece piece = {.x = p->x + image * (size_t)p->in * size,
                 .y = p->y + image * (size_t)p->out * size,
                 .first = first,
                 .rows = work->down - first < work->rows ? work->down - first : work->rows,
                 .inputs = memory};
  piece.count = piece.rows * work->across;
  piece.products = piece.inputs + (size_t)(work->components * p->in) * work->pitch;
  piece.scratch = piece.products + (size_t)(work->components * p->out) * work->pitch;
  for (int c = 0; c < p->in; c++) transform_input(work, &piece, c);
  for (int component = 0; component < work->components; component++) multiply(work, &piece, component);
  for (int o = 0; o < p->out; o++) transform_output(work, &piece, o);
}

/* How the image is cut, and the memory for it. */
static bool begin(Work *work) {
  Problem *p = work->p;
  int columns = work->tile->columns, row = work->components * (p->in + p->out) * work->across;
  bool first = !p->memory[LADDER_WEIGHTS];
  int most = row < CACHE ? CACHE / row : 1, pieces = (work->down + most - 1) / most;
  work->rows = (work->down + pieces - 1) / pieces;
  work->pieces = (work->down + work->rows - 1) / work->rows;
  work->pitch = (size_t)((work->rows * work->across + columns - 1) / columns * columns);
  work->plane = (work->rows + 1) * work->across + 1;
  size_t scratch = (size_t)(work->m * work->m * work->plane + 2 * work->components * work->rows * work->across);
  work->memory_count = (size_t)(work->components * (p->in + p->out)) * work->pitch + scratch;
  size_t count = (size_t)p->threads * work->memory_count;
  work->weights =
      ladder_memory(p, LADDER_WEIGHTS, (size_t)work->components * ladder_packed_count(work->tile, p->out, p->in));
  work->memory = ladder_memory(p, LADDER_IMAGE, count);
  work->offset = malloc((size_t)p->in * sizeof *work->offset);
  if (!work->weights || !work->memory || !work->offset) return false;
  for (int c = 0; c < p->in; c++) work->offset[c] = c * (int)work->pitch;
  if (!first) return true;
  memset(work->memory, 0, count * sizeof(float)); /* also what lies behind the last tile */
  return transform_weights(work);
}

bool ladder_winograd(Problem *p, const Winograd *w) {
  int m = w->outputs, side = m + 2;
  Work work = {.p = p,
               .w = w,
               .tile = ladder_best_tile(),
               .m = m,
               .side = side,
               .components = side * side,
               .down = (p->height + m - 1) / m,
               .across = (p->width + m - 1) / m + 1};
  bool ready = begin(&work);
  if (ready) ladder_parallel(p->threads, p->images * work.pieces, convolve_piece, &work);
  free(work.offset);
  return ready;
}
