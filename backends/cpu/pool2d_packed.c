/* Maxima of packed channels, as convolutions of packed elements write them (conv2d_packed.c). Packing keeps the order
 * of numbers, so the bits are those of taking maxima first. */
#include "backends/cpu/pool2d_packed.h"

#include "backends/cpu/lanes.h"
#include "backends/cpu/pool.h"

/* A block is one step of one image: some neighbouring channels, 32 bits a position. */
typedef struct Pooling {
  SnPool2d options;
  int64_t height, width, rows, columns; /* of the image and of the windows */
  int64_t line;                         /* of a row with its padding, as far as vectors read */
  const float *from;
  float *to;
} Pooling;

SN_INLINE SnVector larger_number(SnVector a, SnVector b) { return sn_choose((a > b) | (a != a), a, b); }

/* Of four bytes a lane, or of two numbers in bfloat16, where NaN is the largest. */
SN_INLINE SnVector larger(const bool bytes, SnVector a, SnVector b) {
  SnVectorBits x = (SnVectorBits)a, y = (SnVectorBits)b;
  if (!bytes) {
    SnVectorBits high = (SnVectorBits)larger_number((SnVector)(x & 0xFFFF0000), (SnVector)(y & 0xFFFF0000));
    return (SnVector)(high | (SnVectorBits)larger_number((SnVector)(x << 16), (SnVector)(y << 16)) >> 16);
  }
#if SN_LANES == 16
  return (SnVector)_mm512_max_epu8((__m512i)a, (__m512i)b);
#elif SN_LANES == 8
  return (SnVector)_mm256_max_epu8((__m256i)a, (__m256i)b);
#else
  typedef uint8_t Bytes __attribute__((vector_size(SN_LANES * 4)));
  Bytes first = (Bytes)a, second = (Bytes)b, mask = (Bytes)(first > second);
  return (SnVector)((first & mask) | (second & ~mask));
#endif
}

/* Of SN_LANES windows, what they have `stride` positions apart. */
SN_INLINE SnVector take(const float *line, int64_t stride) {
  if (stride == 1) return sn_load(line);
  if (stride == 2) return sn_even(sn_load(line), sn_load(line + SN_LANES));
  SnVector v;
  for (int lane = 0; lane < SN_LANES; lane++) v[lane] = line[lane * stride];
  return v;
}

/* Down the columns first, then along. */
SN_INLINE void max_plane(const Pooling *p, const bool bytes, int64_t plane) {
  const int64_t *padding = p->options.padding, *stride = p->options.stride, *kernel = p->options.kernel;
  const float *x = p->from + plane * p->height * p->width;
  float *y = p->to + plane * p->rows * p->columns, *line = sn_scratch();
  SnVector least = (SnVector)((SnVectorBits){0} + (bytes ? 0 : 0xFF80FF80)); /* twice -infinity */
  for (int64_t j = 0; j < p->line; j += SN_LANES) sn_store(line + j, least);
  for (int64_t i = 0; i < p->rows; i++, y += p->columns) {
    int64_t start = i * stride[0] - padding[0], end = sn_smaller(start + kernel[0], p->height);
    for (int64_t w = 0; w < p->width; w += SN_LANES) {
      SnLanes lanes = sn_lanes(0, p->width - w);
      SnVector max = least;
      for (int64_t h = sn_larger(start, 0); h < end; h++)
        max = larger(bytes, sn_load_lanes(x + h * p->width + w, lanes), max);
      sn_store_lanes(line + padding[1] + w, lanes, max);
    }
    for (int64_t j = 0; j < p->columns; j += SN_LANES) {
      SnVector max = least;
      for (int64_t l = 0; l < kernel[1]; l++) max = larger(bytes, take(line + j * stride[1] + l, stride[1]), max);
      sn_store_lanes(y + j, sn_lanes(0, p->columns - j), max);
    }
  }
}

static void bytes_block(void *context, int64_t plane) { max_plane(context, true, plane); }

static void bfloat16_block(void *context, int64_t plane) { max_plane(context, false, plane); }

bool SN_CPU(max_pool2d_packed)(const SnCall *call) {
  const SnArray *x = call->in[0], *y = call->out[0];
  bool bytes = x->dtype == SN_UINT8;
  if (call->out[1] || (!bytes && x->dtype != SN_BFLOAT16)) return false;
  Pooling p = {.options = call->attributes.pool2d,
               .height = x->shape[2],
               .width = x->shape[3],
               .rows = y->shape[2],
               .columns = y->shape[3],
               .from = x->data,
               .to = y->data};
  int64_t channels = bytes ? 4 : 2, windows = sn_divide_up(p.columns, SN_LANES) * SN_LANES;
  int64_t reach = sn_larger((windows + SN_LANES) * p.options.stride[1] + p.options.kernel[1],
                            p.options.padding[1] + p.width + SN_LANES);
  p.line = sn_divide_up(reach, SN_LANES) * SN_LANES;
  return sn_parallel_with_scratch(x->shape[0] * sn_divide_up(x->shape[1], channels), (size_t)p.line * sizeof(float),
                                  bytes ? bytes_block : bfloat16_block, &p);
}
