/* What products of numbers that are packed into 32 bits share: convolution (conv2d_packed.c, packed_*.c), matrices
 * (product_pairs.c), and the tiles that both consist of (packed_tile.c). 32 bits are two numbers in bfloat16, whose
 * sums are float32, or four of 8 bits, whose sums are whole numbers of 32 bits. */
#ifndef SN_BACKENDS_CPU_CONV2D_PACKED_H
#define SN_BACKENDS_CPU_CONV2D_PACKED_H

#include "backends/cpu/conv2d_fused.h"
#include "backends/cpu/tile.h"

#if defined(__AMX_BF16__) || defined(__AMXBF16__) /* clang 14's name */
#define SN_PACKED_AMX 1
#else
#define SN_PACKED_AMX 0
#endif

/* Neighbouring channels in a step's 32 bits. */
enum { SN_PACKED_BFLOAT16 = 2, SN_PACKED_INT8 = 4, SN_PACKED_MOST = 4 };

/* A tile is up to SN_PACKED_ROWS outputs at SN_TILE_WIDTH positions. It takes SN_PACKED_STEPS steps of depth at a time,
 * which lie equally far apart in the image: AMX multiplies by as many at once. */
#define SN_PACKED_ROWS (SN_PACKED_AMX ? 32 : SN_TILE_ROWS)
#define SN_PACKED_STEPS (SN_PACKED_AMX ? 16 : 1)

typedef struct SnPackedTile {
  const float *weight; /* as sn_packed_weight places it */
  const float *x;
  const int64_t *places; /* of every SN_PACKED_STEPS steps: where the first one's positions begin in x */
  int64_t count;         /* of places */
  int64_t pitch;         /* from a step to the next, in x */
} SnPackedTile;

/* sums [SN_PACKED_ROWS, SN_TILE_WIDTH] = weight times x; those of rows from `rows` on are undefined. Between
 * packed_begin and packed_end, which a thread calls around its tiles. In bfloat16, and in 8 bits: the weight with a
 * sign, x without; the sums are int32_t. */
void SN_CPU(packed_tile)(const SnPackedTile *tile, int rows, float *sums);
void SN_CPU(packed_tile_int8)(const SnPackedTile *tile, int rows, float *sums);
/* To be asked before: false where the system does not give what tiles need. */
bool SN_CPU(packed_works)(void);
void SN_CPU(packed_begin)(void);
void SN_CPU(packed_end)(void);

/* Where a tile's weight of row r, of `rows`, at step k is. */
static inline int64_t sn_packed_weight(int64_t r, int64_t rows, int64_t k) {
  if (!SN_PACKED_AMX) return k * rows + r;
  return (k / 16 * 2 + r / 16) * 256 + r % 16 * 16 + k % 16; /* two squares of 16 rows and 16 steps side by side */
}

/* Floats of a tile's weights. */
static inline int64_t sn_packed_weights(int64_t rows, int64_t steps) {
  return SN_PACKED_AMX ? 32 * steps : rows * steps;
}

/* ---- convolution ---- */

/* What depends on the options alone, of one group. */
typedef struct SnPackedForm {
  int64_t unit; /* channels of a step */
  bool folded;
  int64_t in, out, kernel[2]; /* in and kernel[1] as they are after folding */
  int64_t cells, steps;       /* elements of the kernel; of the packed image, for each of them */
  int64_t tiles, weights;     /* of outputs; floats of all their weights */
} SnPackedForm;

SnPackedForm SN_CPU(packed_form)(const SnFusedConv2d *options);

/* Where tile t of outputs begins: with the first of a step's channels. */
static inline int64_t sn_packed_tile_start(const SnPackedForm *f, int64_t t) {
  return sn_smaller(f->out, f->unit * sn_part(sn_divide_up(f->out, f->unit), f->tiles, t));
}

/* Where tile t's weights begin among those of a group. */
static inline int64_t sn_packed_weights_before(const SnPackedForm *f, int64_t t) {
  int64_t steps = f->cells * f->steps;
  return SN_PACKED_AMX ? t * sn_packed_weights(SN_PACKED_ROWS, steps)
                       : sn_packed_weights(sn_packed_tile_start(f, t), steps);
}

typedef struct SnPackedConvolution {
  SnPackedForm form;
  SnEpilogue epilogue;
  SnConv2d conv2d;
  const float *x, *prepared;
  float *y;
  bool x_packed, y_packed, residual_packed, in_place; /* in_place: x is read where it is */
  int64_t y_unit;                                     /* form.unit, but of y in 8 bits */
  SnQuantization x_quantization, y_quantization, residual_quantization;
  const float *factors;              /* of INT8: what a sum counts, by output, */
  const int32_t *corrections;        /* and what is taken from it before */
  int64_t images, groups, channels;  /* of a group, not folded */
  int64_t size[2], grid[2], columns; /* of the image, of the output; of the kernel, not folded */
  int64_t phases[2], rows, pitch;    /* of the packed image: rows of a phase, floats of a row, */
  int64_t plane, step;               /* of a phase, and of all phases */
  const float *residual;             /* NULL, or as y, or of residual_size and interpolated */
  bool residual_interpolated;
  int64_t residual_size[2];
  const float *tail;               /* NULL, or the factor of each output in y and a bias; */
  int64_t shares_at;               /* in the shared scratch: [N, tiles, positions], a tile's part of that sum */
  int64_t panels;                  /* of positions */
  int64_t tile_parts, panel_parts; /* blocks that tiles and panels are shared out to */
} SnPackedConvolution;

/* Packs one step of one group of one image into the shared scratch; context: an SnPackedConvolution. */
void SN_CPU(packed_image_block)(void *context, int64_t block);

/* A tile of outputs of one group of one image, in a thread. */
typedef struct SnPackedOutputs {
  int64_t image_group, o, rows; /* outputs, counted in the group */
  const float *residual;        /* [rows, positions], unless it is packed; NULL: none */
  float *shares;                /* of p->tail, [positions] */
} SnPackedOutputs;

/* The sums of a panel that the output has, row by row of the output, through the epilogue into y, or into the tile's
 * shares of it; `pixel` is the panel's first position in the packed image. */
void SN_CPU(packed_finish)(const SnPackedConvolution *p, const float *sums, const SnPackedOutputs *outputs,
                           int64_t pixel);

#endif
