/* Convolution as a product of matrices (tiles.cuh): where windows are in an image. Sums go over the kernel's cells
 * ("taps") first and over channels within a tap, so that a piece of a sum mostly stays within one tap, and its place in
 * the image is found once. */
#ifndef SN_BACKENDS_CUDA_WINDOWS_CUH
#define SN_BACKENDS_CUDA_WINDOWS_CUH

#include "backends/cuda/activations.cuh"
#include "backends/cuda/tiles.cuh"

typedef struct SnCudaGeometry {
  int height, width, rows, columns; /* of the image that windows slide over; of windows */
  int kernel[2], stride[2], padding[2], dilation[2];
} SnCudaGeometry;

static inline SnCudaGeometry sn_cuda_geometry(const SnConv2d *c, const int64_t kernel[2], int64_t height, int64_t width,
                                              int64_t rows, int64_t columns) {
  SnCudaGeometry g = {(int)height, (int)width, (int)rows, (int)columns, {}, {}, {}, {}};
  for (int d = 0; d < 2; d++) {
    g.kernel[d] = (int)kernel[d];
    g.stride[d] = (int)c->stride[d];
    g.padding[d] = (int)c->padding[d];
    g.dilation[d] = (int)c->dilation[d];
  }
  return g;
}

/* Result [o, (image, i, j)] = weight [o, (tap, channel)] * windows [(tap, channel), (image, i, j)].
 *
 * TRANSPOSED: the image read is the gradient of a convolution's result and the result that of its input; a cell of the
 * input finds, tap by tap, the window that had it there. ALIGNED: the image's channels in a group are a multiple of
 * SN_CUDA_TILE_DEPTH. */
template <bool TRANSPOSED, bool ALIGNED>
struct SnCudaWindowProduct {
  static constexpr bool NEIGHBOURS_ALONG_K = false;

  int m, n, k;
  int channels, groups;      /* of the image read, in a group */
  int height, width;         /* of the image read */
  int out_height, out_width; /* of the result */
  SnCudaGeometry g;
  const float *image, *weight, *bias, *residual;
  float *y;
  SnActivation activation;
  float slope;

  struct Column {
    int64_t image; /* the group's first channel */
    int h, w;      /* where tap 0 lies; of TRANSPOSED before strides are taken out */
  };
  struct Depth {
    int64_t place;
    int k;
    bool inside;
  };

  __device__ Column column(int group, int at) const {
    int cells = out_height * out_width, i = at % cells / out_width, j = at % out_width;
    Column c;
    c.image = ((int64_t)(at / cells) * groups + group) * channels * height * width;
    c.h = TRANSPOSED ? i + g.padding[0] : i * g.stride[0] - g.padding[0];
    c.w = TRANSPOSED ? j + g.padding[1] : j * g.stride[1] - g.padding[1];
    return c;
  }

  __device__ bool find(const Column &c, int tap, int channel, int64_t *place) const {
    int h = tap / g.kernel[1] * g.dilation[0], w = tap % g.kernel[1] * g.dilation[1];
    h = TRANSPOSED ? c.h - h : c.h + h;
    w = TRANSPOSED ? c.w - w : c.w + w;
    if (TRANSPOSED) {
      if (h < 0 || w < 0 || h % g.stride[0] != 0 || w % g.stride[1] != 0) return false;
      h /= g.stride[0];
      w /= g.stride[1];
    }
    if (h < 0 || h >= height || w < 0 || w >= width) return false;
    *place = c.image + ((int64_t)channel * height + h) * width + w;
    return true;
  }

  __device__ Depth depth(const Column &c, int at) const {
    Depth d = {0, at, false};
    if (ALIGNED) d.inside = find(c, at / channels, at % channels, &d.place);
    return d;
  }

  __device__ float left(int group, int row, int at) const { return weight[((int64_t)group * m + row) * k + at]; }

  __device__ float right(const Column &c, const Depth &d, int at) const {
    int64_t place;
    if (ALIGNED) return d.inside ? image[d.place + (int64_t)(at - d.k) * height * width] : 0;
    return find(c, at / channels, at % channels, &place) ? image[place] : 0;
  }

  __device__ void store(int group, int row, int at, float value) const {
    int cells = out_height * out_width, o = group * m + row;
    int64_t place = ((int64_t)(at / cells) * groups * m + o) * cells + at % cells;
    if (bias) value += bias[o];
    if (residual) value += residual[place];
    y[place] = sn_cuda_activate(value, activation, slope);
  }
};

/* dweight [o, (channel, tap)] = dy [o, (image, i, j)] * windows [(image, i, j), (channel, tap)]. */
struct SnCudaWeightGradient {
  static constexpr bool NEIGHBOURS_ALONG_K = true;

  int m, n, k;
  int channels, groups; /* of x, in a group */
  SnCudaGeometry g;
  const float *x, *dy;
  float *dweight;

  struct Column {
    int channel, h, w; /* of all groups' channels; the tap's place in a window */
  };
  struct Depth {};

  __device__ Column column(int group, int at) const {
    int taps = g.kernel[0] * g.kernel[1], tap = at % taps;
    return {group * channels + at / taps, tap / g.kernel[1] * g.dilation[0] - g.padding[0],
            tap % g.kernel[1] * g.dilation[1] - g.padding[1]};
  }

  __device__ Depth depth(const Column &, int) const { return {}; }

  __device__ float left(int group, int row, int at) const {
    int cells = g.rows * g.columns;
    return dy[((int64_t)(at / cells) * groups * m + group * m + row) * cells + at % cells];
  }

  __device__ float right(const Column &c, const Depth &, int at) const {
    int cells = g.rows * g.columns, h = at % cells / g.columns * g.stride[0] + c.h,
        w = at % g.columns * g.stride[1] + c.w;
    if (h < 0 || h >= g.height || w < 0 || w >= g.width) return 0;
    return x[(((int64_t)(at / cells) * groups * channels + c.channel) * g.height + h) * g.width + w];
  }

  __device__ void store(int group, int row, int at, float value) const {
    dweight[((int64_t)group * m + row) * n + at] = value;
  }
};

#endif
