/* Winograd's minimal filtering (Lavin and Gray, "Fast algorithms for convolutional neural networks", CVPR 2016), for
 * some rows of tiles after the other, so that what lies between the steps mostly stays in the card's cache:
 *
 *   1. tiles of x, transformed: inputs [components, in, tiles], a tile of a channel a thread
 *   2. cuBLAS: products [components, out, tiles] = weight [out, in] inputs [in, tiles]
 *   3. transformed back into tiles of y, with bias, residual and activation on the way out
 *
 * Neighbouring threads have neighbouring tiles, so the lists of tiles are read and written nearly in whole lines. */
#include "backends/cuda/winograd.cuh"

#include <limits.h>

#include "backends/cuda/element.cuh"
#include "backends/cuda/product.cuh"
#include "backends/cuda/windows.cuh"
#include "backends/cuda/winograd_transforms.cuh"

namespace {

constexpr int64_t ROOM = (int64_t)1 << 23; /* floats of inputs and products at a time, unless the weight is larger */
constexpr int64_t LINE = 32;               /* floats; a list of tiles begins with a line */
constexpr int BLOCK = 128;

/* ---- the weight ---- */

template <int M>
__global__ void transform_weight(const float *weight, float *transformed, int64_t count) {
  constexpr int SIDE = M + 2;
  for (int64_t at = sn_first_piece(); at < count; at += sn_piece_step()) {
    const float *g = weight + at * 9;
    double half[3][SIDE], line[SIDE];
#pragma unroll
    for (int row = 0; row < 3; row++)
      sn_cuda_transform_filter<M>((double)g[row * 3], (double)g[row * 3 + 1], (double)g[row * 3 + 2], half[row]);
#pragma unroll
    for (int j = 0; j < SIDE; j++) {
      sn_cuda_transform_filter<M>(half[0][j], half[1][j], half[2][j], line);
#pragma unroll
      for (int i = 0; i < SIDE; i++) transformed[(i * SIDE + j) * count + at] = (float)line[i];
    }
  }
}

/* ---- tiles ---- */

/* Those in work, and where they are. */
struct Tiles {
  SnDivider<uint32_t> count, along, down; /* in work; of a row of tiles, and rows of an image */
  uint32_t first;                         /* row of tiles, counted over all images */
  int64_t pitch;                          /* from one channel's tiles to the next one's */

  /* Of piece `at` of channels * count. */
  __device__ __forceinline__ uint32_t find(uint32_t at, uint32_t *tile, uint32_t *image, int *row, int *column) const {
    uint32_t channel = count.divide(at, tile), i, j, line = along.divide(*tile, &j);
    *image = down.divide(first + line, &i);
    *row = (int)i;
    *column = (int)j;
    return channel;
  }
};

template <int M>
__global__ void __launch_bounds__(BLOCK) transform_tiles(SnCudaConvolution c, Tiles tiles, float *inputs) {
  constexpr int SIDE = M + 2;
  int64_t component = c.options.in * tiles.pitch;
  uint32_t pieces = (uint32_t)c.options.in * tiles.count.divisor;
  for (uint32_t at = (uint32_t)sn_first_piece(); at < pieces; at += (uint32_t)sn_piece_step()) {
    uint32_t tile, image;
    int row, column, height = (int)c.height, width = (int)c.width;
    uint32_t channel = tiles.find(at, &tile, &image, &row, &column);
    const float *x = (const float *)c.x + (image * c.options.in + channel) * c.height * c.width;
    int top = row * M - (int)c.options.conv2d.padding[0], left = column * M - (int)c.options.conv2d.padding[1];
    float d[SIDE][SIDE], line[SIDE];
#pragma unroll
    for (int i = 0; i < SIDE; i++) {
#pragma unroll
      for (int j = 0; j < SIDE; j++) {
        bool inside = top + i >= 0 && top + i < height && left + j >= 0 && left + j < width;
        d[i][j] = inside ? x[(int64_t)(top + i) * width + left + j] : 0;
      }
    }
#pragma unroll
    for (int j = 0; j < SIDE; j++) {
#pragma unroll
      for (int i = 0; i < SIDE; i++) line[i] = d[i][j];
      sn_cuda_transform_input<M>(line);
#pragma unroll
      for (int i = 0; i < SIDE; i++) d[i][j] = line[i];
    }
    float *to = inputs + channel * tiles.pitch + tile;
#pragma unroll
    for (int i = 0; i < SIDE; i++) {
      sn_cuda_transform_input<M>(d[i]);
#pragma unroll
      for (int j = 0; j < SIDE; j++) to[(i * SIDE + j) * component] = d[i][j];
    }
  }
}

/* PACK neighbours of a row of y are written at once. */
template <int M, int PACK>
__global__ void __launch_bounds__(BLOCK) transform_back(SnCudaConvolution c, Tiles tiles, const float *products) {
  constexpr int SIDE = M + 2;
  typedef SnPack<float, PACK> Pack;
  int64_t component = c.options.out * tiles.pitch;
  uint32_t pieces = (uint32_t)c.options.out * tiles.count.divisor;
  for (uint32_t at = (uint32_t)sn_first_piece(); at < pieces; at += (uint32_t)sn_piece_step()) {
    uint32_t tile, image;
    int row, column;
    uint32_t o = tiles.find(at, &tile, &image, &row, &column);
    const float *from = products + o * tiles.pitch + tile;
    float half[M][SIDE], line[SIDE], out[M];
#pragma unroll
    for (int j = 0; j < SIDE; j++) {
#pragma unroll
      for (int i = 0; i < SIDE; i++) line[i] = from[(i * SIDE + j) * component];
      sn_cuda_transform_output<M>(line, out);
#pragma unroll
      for (int i = 0; i < M; i++) half[i][j] = out[i];
    }
    float bias = c.bias ? ((const float *)c.bias)[o] : 0;
    int64_t plane = (image * c.options.out + o) * c.rows * c.columns;
#pragma unroll
    for (int i = 0; i < M; i++) {
      sn_cuda_transform_output<M>(half[i], out);
#pragma unroll
      for (int j = 0; j < M; j += PACK) {
        if (row * M + i >= c.rows || column * M + j >= c.columns) continue;
        int64_t place = plane + (row * M + i) * c.columns + column * M + j;
        Pack y, residual = {};
        if (c.residual) residual = *(const Pack *)((const float *)c.residual + place);
#pragma unroll
        for (int k = 0; k < PACK; k++)
          y.at[k] = sn_cuda_activate(out[j + k] + bias + residual.at[k], c.options.activation, (float)c.options.slope);
        *(Pack *)((float *)c.y + place) = y;
      }
    }
  }
}

/* ---- the whole ---- */

template <int M>
void launch_transform_back(const SnCudaConvolution *c, const Tiles &tiles, const float *products) {
  unsigned grid = sn_cuda_grid(c->options.out * tiles.count.divisor, BLOCK);
  unsigned pack = M; /* a power of two */
  while (c->columns % pack != 0 || !sn_is_aligned(c->y, pack * sizeof(float)) ||
         !sn_is_aligned(c->residual, pack * sizeof(float)))
    pack /= 2;
  if (pack == 4 && M == 4)
    SN_LAUNCH((transform_back<M, M>), grid, BLOCK, 0, sn_cuda_stream(), *c, tiles, products);
  else if (pack == 2)
    SN_LAUNCH((transform_back<M, 2>), grid, BLOCK, 0, sn_cuda_stream(), *c, tiles, products);
  else
    SN_LAUNCH((transform_back<M, 1>), grid, BLOCK, 0, sn_cuda_stream(), *c, tiles, products);
}

/* `rows` rows of tiles from row `first` on. */
template <int M>
bool convolve_rows(const SnCudaConvolution *c, const SnCudaWinogradCut &cut, int64_t first, int64_t rows, float *inputs,
                   float *products) {
  int64_t in = c->options.in, out = c->options.out, count = rows * cut.along;
  Tiles tiles;
  tiles.count = SnDivider<uint32_t>(count);
  tiles.along = SnDivider<uint32_t>(cut.along);
  tiles.down = SnDivider<uint32_t>(cut.down);
  tiles.first = (uint32_t)first;
  tiles.pitch = sn_divide_up(count, LINE) * LINE;
  SN_LAUNCH(transform_tiles<M>, sn_cuda_grid(in * count, BLOCK), BLOCK, 0, sn_cuda_stream(), *c, tiles, inputs);
  if (!sn_cuda_check(cudaGetLastError(), "a convolution's transform")) return false;
  SnCudaMatrices weight = {(void *)c->weight, in, 1, out * in}, x = {inputs, tiles.pitch, 1, in * tiles.pitch};
  SnCudaMatrices y = {products, tiles.pitch, 1, out * tiles.pitch};
  if (!sn_cuda_multiply(SN_FLOAT32, cut.components, out, count, in, &weight, &x, &y, false)) return false;
  launch_transform_back<M>(c, tiles, products);
  return sn_cuda_check(cudaGetLastError(), "a convolution's transform back");
}

bool both_are(const int64_t pair[2], int64_t value) { return pair[0] == value && pair[1] == value; }

int64_t side_of_tile(const SnFusedConv2d *options) { return options->algorithm == SN_CONVOLUTION_WINOGRAD_2 ? 2 : 4; }

int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

}  // namespace

SnCudaWinogradCut sn_cuda_winograd_cut(const SnFusedConv2d *options, const int64_t x[4]) {
  const SnConv2d *c = &options->conv2d;
  SnCudaWinogradCut cut = {};
  cut.m = side_of_tile(options);
  cut.components = (cut.m + 2) * (cut.m + 2);
  cut.down = sn_divide_up(sn_conv2d_padded_size(c, 0, x[2]) - 2, cut.m);
  cut.along = sn_divide_up(sn_conv2d_padded_size(c, 1, x[3]) - 2, cut.m);
  int64_t row = cut.components * cut.along * (options->in + options->out), all = x[0] * cut.down;
  int64_t most = larger(larger(ROOM, sn_cuda_winograd_weight_count(options)) / row, 1);
  cut.chunks = sn_divide_up(all, most);
  cut.rows = sn_divide_up(all, larger(cut.chunks, 1));
  return cut;
}

bool sn_cuda_suits_winograd(const SnFusedConv2d *options, const int64_t x[4]) {
  const SnConv2d *c = &options->conv2d;
  SnPrecision precision = sn_cuda_precision();
  bool precise = precision == SN_PRECISION_FLOAT32 ||
                 (precision == SN_PRECISION_TF32 && options->algorithm == SN_CONVOLUTION_WINOGRAD_2);
  if (!precise || !both_are(options->kernel, 3) || !both_are(c->stride, 1) || !both_are(c->dilation, 1) ||
      c->groups != 1 || options->in <= 0)
    return false;
  int64_t height = sn_conv2d_padded_size(c, 0, x[2]), width = sn_conv2d_padded_size(c, 1, x[3]),
          most = (int64_t)INT_MAX / 2;
  /* Pieces of a chunk are counted in 32 bits: a chunk is a row of tiles, or no larger than ROOM or the weight. */
  return height >= 3 && width >= 3 && height <= most && width <= most && x[0] * height <= most &&
         larger(options->in, options->out) <= most / width && options->in * options->out <= most;
}

int64_t sn_cuda_winograd_weight_count(const SnFusedConv2d *options) {
  int64_t side = side_of_tile(options) + 2;
  return side * side * options->out * options->in;
}

bool sn_cuda_transform_weight(const SnFusedConv2d *options, const float *weight, float *transformed) {
  int64_t count = options->out * options->in;
  if (count == 0) return true;
  if (side_of_tile(options) == 2)
    SN_LAUNCH(transform_weight<2>, sn_cuda_grid(count, BLOCK), BLOCK, 0, sn_cuda_stream(), weight, transformed, count);
  else
    SN_LAUNCH(transform_weight<4>, sn_cuda_grid(count, BLOCK), BLOCK, 0, sn_cuda_stream(), weight, transformed, count);
  return sn_cuda_check(cudaGetLastError(), "transforming a weight");
}

bool sn_cuda_convolve_winograd(const SnCudaConvolution *c) {
  if (c->images * c->options.out * c->rows * c->columns == 0) return true;
  const int64_t x[] = {c->images, c->options.in, c->height, c->width};
  if (!sn_cuda_suits_winograd(&c->options, x))
    return sn_cuda_fail("cuda: a convolution was planned in a precision other than the present one");
  SnCudaWinogradCut cut = sn_cuda_winograd_cut(&c->options, x);
  int64_t all = c->images * cut.down, pitch = sn_divide_up(cut.rows * cut.along, LINE) * LINE;
  int64_t input_count = cut.components * c->options.in * pitch, product_count = cut.components * c->options.out * pitch;
  float *inputs = (float *)sn_cuda_scratch((size_t)(input_count + product_count) * sizeof(float));
  if (!inputs) return false;
  for (int64_t first = 0; first < all; first += cut.rows) {
    int64_t rows = all - first < cut.rows ? all - first : cut.rows;
    float *products = inputs + input_count;
    if (!(cut.m == 2 ? convolve_rows<2>(c, cut, first, rows, inputs, products)
                     : convolve_rows<4>(c, cut, first, rows, inputs, products)))
      return false;
  }
  return true;
}
