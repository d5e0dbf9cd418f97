#include "backends/cpu/product_pairs.h"

#include <string.h>

#include "backends/cpu/conv2d_packed.h"
#include "backends/cpu/lanes.h"
#include "backends/cpu/pool.h"
#include "backends/cpu/precision.h"

enum { ROWS = SN_PACKED_ROWS, WIDTH = SN_TILE_WIDTH };

/* Both operands are in shared memory: a as [groups][as a tile has it], b as [panels][steps + 1][WIDTH]. A step is a
 * pair along k; behind the last there are zeros up to a multiple of SN_PACKED_STEPS. The one that is too many keeps
 * panels from equal cache sets. */
typedef struct Pairs {
  const SnTiledProduct *product;
  int64_t steps, groups, panels;
  int64_t group_parts, panel_parts; /* blocks that groups and panels are shared out to */
} Pairs;

static float *group_of(const Pairs *p, int64_t group) {
  return (float *)sn_shared_scratch() + group * sn_packed_weights(ROWS, p->steps);
}

static float *panel_of(const Pairs *p, int64_t panel) {
  return group_of(p, p->groups) + panel * (p->steps + 1) * WIDTH;
}

/* ---- packing ---- */

/* A square of pairs along k: of SN_LANES lines (rows of a, columns of b) from `line` on, at as many steps from `step`
 * on. `along`: k runs along the memory. pairs[i] is line i when `by_line`, else step i. What is beyond `lines` and k is
 * 0. */
static void read_square(const SnMatrix *matrix, bool along, bool by_line, int64_t line, int64_t lines, int64_t step,
                        int64_t k, SnVector pairs[SN_LANES]) {
  SnLanes present = sn_lanes(0, lines - line), low = sn_lanes(0, k - 2 * step);
  SnLanes high = sn_lanes(0, k - 2 * step - SN_LANES);
  for (int64_t i = 0; i < SN_LANES; i++) {
    const float *from = matrix->data + (along ? (line + i) * matrix->pitch + 2 * step : line);
    SnVector left = sn_repeat(0), right = left;
    if (along && line + i < lines) {
      left = sn_load_lanes(from, low);
      right = sn_load_lanes(from + SN_LANES, high);
    } else if (!along) {
      int64_t row = 2 * (step + i);
      if (row < k) left = sn_load_lanes(from + row * matrix->pitch, present);
      if (row + 1 < k) right = sn_load_lanes(from + (row + 1) * matrix->pitch, present);
    }
    pairs[i] = along ? sn_pair_bfloat16(sn_even(left, right), sn_odd(left, right)) : sn_pair_bfloat16(left, right);
  }
  if (by_line != along) sn_transpose(pairs);
}

/* A block is a group of rows of a. */
static void pack_group(void *context, int64_t group) {
  const Pairs *p = context;
  const SnTiledProduct *product = p->product;
  int64_t first = group * ROWS, rows = sn_smaller(ROWS, product->m - first);
  float *to = group_of(p, group);
  for (int64_t r = 0; r < (SN_PACKED_AMX ? ROWS : rows); r += SN_LANES)
    for (int64_t k = 0; k < p->steps; k += SN_LANES) {
      SnVector pairs[SN_LANES];
      read_square(&product->a, !product->a.transposed, SN_PACKED_AMX, first + r, first + rows, k, product->k, pairs);
      for (int64_t i = 0; i < SN_LANES; i++)
        if (SN_PACKED_AMX)
          sn_store(to + sn_packed_weight(r + i, rows, k), pairs[i]);
        else if (k + i < p->steps)
          sn_store_lanes(to + sn_packed_weight(r, rows, k + i), sn_lanes(0, rows - r), pairs[i]);
    }
}

/* A block is a panel of b. */
static void pack_panel(void *context, int64_t panel) {
  const Pairs *p = context;
  const SnTiledProduct *product = p->product;
  float *to = panel_of(p, panel);
  for (int64_t j = 0; j < WIDTH; j += SN_LANES)
    for (int64_t k = 0; k < p->steps; k += SN_LANES) {
      SnVector pairs[SN_LANES];
      read_square(&product->b, product->b.transposed, false, panel * WIDTH + j, product->n, k, product->k, pairs);
      for (int64_t i = 0; i < SN_LANES && k + i < p->steps; i++) sn_store(to + (k + i) * WIDTH + j, pairs[i]);
    }
}

/* ---- multiplying ---- */

static void finish_tile(const SnTiledProduct *p, const float *sums, int64_t row, int64_t rows, int64_t column) {
  for (int64_t j = 0; j < WIDTH && column + j < p->n; j += SN_LANES) {
    SnLanes lanes = sn_lanes(0, p->n - column - j);
    SnVector bias = p->bias ? sn_load_lanes(p->bias + column + j, lanes) : sn_repeat(0);
    for (int64_t r = 0, at = row * p->n + column + j; r < rows; r++, at += p->n) {
      SnVector v = sn_load(sums + r * WIDTH + j) + bias;
      if (p->addend) v += sn_load_lanes(p->addend + at, lanes);
      sn_store_lanes(p->y + at, lanes, v);
    }
  }
}

/* A block is some groups at some panels. */
static void multiply_block(void *context, int64_t block) {
  const Pairs *p = context;
  int64_t group_part = block / p->panel_parts, panel_part = block % p->panel_parts;
  int64_t end_group = sn_part(p->groups, p->group_parts, group_part + 1);
  int64_t end_panel = sn_part(p->panels, p->panel_parts, panel_part + 1), *places = sn_scratch();
  float sums[ROWS * WIDTH] __attribute__((aligned(64)));
  SnPackedTile tile = {.places = places, .count = p->steps / SN_PACKED_STEPS, .pitch = WIDTH};
  for (int64_t i = 0; i < tile.count; i++) places[i] = i * SN_PACKED_STEPS * WIDTH;
  SN_CPU(packed_begin)();
  for (int64_t group = sn_part(p->groups, p->group_parts, group_part); group < end_group; group++) {
    int64_t row = group * ROWS, rows = sn_smaller(ROWS, p->product->m - row);
    tile.weight = group_of(p, group);
    for (int64_t panel = sn_part(p->panels, p->panel_parts, panel_part); panel < end_panel; panel++) {
      tile.x = panel_of(p, panel);
      SN_CPU(packed_tile)(&tile, (int)rows, sums);
      finish_tile(p->product, sums, row, rows, panel * WIDTH);
    }
  }
  SN_CPU(packed_end)();
}

bool SN_CPU(paired_product_suits)(const SnTiledProduct *p) {
  enum { SMALLEST = 32, WORK = 1 << 20 };
  return sn_may_round_to_bfloat16(sn_cpu_precision()) && sn_cpu_bfloat16_speed(SN_PACKED_AMX) > 1 && p->m >= SMALLEST &&
         p->n >= SMALLEST && p->k >= SMALLEST && (double)p->m * (double)p->n * (double)p->k >= WORK &&
         SN_CPU(packed_works)();
}

bool SN_CPU(paired_product)(const SnTiledProduct *product) {
  enum { BLOCKS = 16 };
  Pairs p = {.product = product,
             .steps = sn_divide_up(product->k, 2 * SN_PACKED_STEPS) * SN_PACKED_STEPS,
             .groups = sn_divide_up(product->m, ROWS),
             .panels = sn_divide_up(product->n, WIDTH)};
  p.group_parts = sn_smaller(p.groups, BLOCKS);
  p.panel_parts = sn_smaller(p.panels, sn_divide_up(BLOCKS, p.group_parts));
  int64_t shared = p.groups * sn_packed_weights(ROWS, p.steps) + p.panels * (p.steps + 1) * WIDTH;
  SnPhase phases[] = {{p.groups, pack_group}, {p.panels, pack_panel}, {p.group_parts * p.panel_parts, multiply_block}};
  return sn_parallel_phases(3, phases, (size_t)p.steps * sizeof(int64_t), (size_t)shared * sizeof(float), &p);
}
