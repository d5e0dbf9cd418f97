#include "anomaly/onnx_pixels.h"

#include "anomaly/view.h"
#include "datasets/resize.h"

/* ---- resizing, in whole numbers ----
 *
 * A float holds whole numbers up to 2^24, and a pixel times its weight of 22 bits has 30. So weights are cut into
 * digits that are short enough for the sum over all inputs of an output, and the carry goes from each digit to the
 * next:
 *
 *     floor((a 2^b + c) / 2^n) = floor((a + floor(c / 2^b)) / 2^(n - b)).
 *
 * Everything is exact, in whatever order a runtime adds. */

enum { EXACT_BITS = 24, PIXEL_BITS = 8 };

/* Bits of a digit: that of `taps` inputs the sum of pixels times digits stays exact, with room for a carry. */
static int digit_bits(int64_t taps) {
  int bits = EXACT_BITS - PIXEL_BITS - 1;
  while (bits > 1 && taps > INT64_C(1) << (EXACT_BITS - PIXEL_BITS - 1 - bits)) bits--;
  return bits;
}

/* One digit of the weights as a matrix: [inputs,outputs] for a product from the right, or the other way round. */
static SnTensor *digit_matrix(const SnResizeTaps *taps, int64_t inputs, int shift, uint32_t mask, bool from_right) {
  int64_t input_stride = from_right ? taps->outputs : 1, output_stride = from_right ? 1 : inputs;
  float *values = sn_scope_allocate(inputs * taps->outputs, sizeof *values, NULL);
  for (int64_t o = 0; values && o < taps->outputs; o++)
    for (int64_t i = 0; i < taps->count[o]; i++)
      values[(taps->first[o] + i) * input_stride + o * output_stride] =
          (float)(taps->weights[o * taps->size + i] >> shift & mask);
  int64_t shape[2] = {from_right ? inputs : taps->outputs, from_right ? taps->outputs : inputs};
  return sn_from_host(SN_FLOAT32, 2, shape, values);
}

static const char *shifted(SnOnnx *onnx, const char *x, int bits) {
  x = sn_onnx_binary(onnx, "Mul", x, sn_onnx_number(onnx, 1.0 / (double)(1 << bits)));
  return sn_onnx_node(onnx, "Floor", SN_ONNX_NAMES(x), SN_ONNX_PLAIN);
}

/* One axis of [batch,3,height,width]: rows from the right, columns from the left. */
static const char *resized(SnOnnx *onnx, const char *x, int64_t inputs, const SnResizeTaps *taps, bool from_right) {
  int bits = digit_bits(taps->size), shift = 0;
  const char *carry = NULL;
  for (; sn_ok(); shift += bits) {
    bool is_last = shift + bits >= SN_RESIZE_BITS;
    SnTensor *digits = digit_matrix(taps, inputs, shift, is_last ? UINT32_MAX : (UINT32_C(1) << bits) - 1, from_right);
    const char *matrix = digits ? sn_onnx_tensor(onnx, NULL, digits) : NULL;
    const char *sum = sn_onnx_binary(onnx, "MatMul", from_right ? x : matrix, from_right ? matrix : x);
    if (carry) sum = sn_onnx_binary(onnx, "Add", sum, carry);
    if (is_last) {
      int rest = SN_RESIZE_BITS - shift;
      sum = shifted(onnx, sn_onnx_binary(onnx, "Add", sum, sn_onnx_number(onnx, 1 << (rest - 1))), rest);
      return sn_onnx_binary(onnx, "Min", sum, sn_onnx_number(onnx, 255));
    }
    carry = shifted(onnx, sum, bits);
  }
  return NULL;
}

/* Black around a photograph that is smaller than the crop. */
static const char *padded(SnOnnx *onnx, const char *x, const SnPlacement *placement, SnSize crop) {
  int64_t left = placement->left, top = placement->top;
  int64_t right = crop.width - placement->window.width - left;
  int64_t bottom = crop.height - placement->window.height - top;
  if (left + top + right + bottom == 0) return x;
  return sn_onnx_binary(onnx, "Pad", x, sn_onnx_numbers(onnx, 8, (int64_t[]){0, 0, top, left, 0, 0, bottom, right}));
}

static const char *to_crop(SnOnnx *onnx, const char *x, const SnViewSettings *view, SnSize photograph) {
  SnTransform transform = sn_view_transform(view);
  SnPlacement placement;
  if (!sn_transform_place(&transform, photograph.width, photograph.height, &placement)) return NULL;
  const SnWindow *window = &placement.window;
  SnResizeTaps columns = {0}, rows = {0};
  if (sn_resize_taps(photograph.width, placement.width, window->left, window->width, &columns) &&
      sn_resize_taps(photograph.height, placement.height, window->top, window->height, &rows)) {
    x = resized(onnx, x, photograph.width, &columns, true);
    x = resized(onnx, x, photograph.height, &rows, false);
  }
  sn_resize_taps_free(&columns);
  sn_resize_taps_free(&rows);
  return padded(onnx, x, &placement, view->crop);
}

/* ---- normalising ---- */

static const char *for_channels(SnOnnx *onnx, const double *numbers) {
  float values[3];
  for (int i = 0; i < 3; i++) values[i] = (float)numbers[i];
  SnTensor *tensor = sn_from_host(SN_FLOAT32, SN_SHAPE(3, 1, 1), values);
  return tensor ? sn_onnx_tensor(onnx, NULL, tensor) : NULL;
}

/* By the same three roundings as sn_normalized. */
static const char *normalised(SnOnnx *onnx, const char *x, const SnNormalization *normalization) {
  if (normalization->order == SN_ORDER_BGR)
    x = sn_onnx_node(onnx, "Gather", SN_ONNX_NAMES(x, sn_onnx_numbers(onnx, 3, (int64_t[]){2, 1, 0})),
                     SN_ONNX_WITH(sn_onnx_int("axis", 1)));
  x = sn_onnx_binary(onnx, "Div", x, sn_onnx_number(onnx, 255));
  x = sn_onnx_binary(onnx, "Sub", x, for_channels(onnx, normalization->mean));
  return sn_onnx_binary(onnx, "Div", x, for_channels(onnx, normalization->deviation));
}

const char *sn_onnx_pixels(SnOnnx *onnx, const SnSettings *settings, SnSize photograph) {
  if (!sn_ok()) return NULL;
  SnSize crop = settings->view.crop, size = photograph.height > 0 ? photograph : crop;
  SnNormalization normalization = sn_settings_normalization(settings);
  const char *x = sn_onnx_input(onnx, "image", SN_ONNX_UINT8, SN_SHAPE(-1, size.height, size.width, 3));
  x = sn_onnx_node(onnx, "Cast", SN_ONNX_NAMES(x), SN_ONNX_WITH(sn_onnx_int("to", SN_ONNX_FLOAT)));
  x = sn_onnx_node(onnx, "Transpose", SN_ONNX_NAMES(x), SN_ONNX_WITH(sn_onnx_ints("perm", 4, (int64_t[]){0, 3, 1, 2})));
  if (photograph.height > 0) x = to_crop(onnx, x, &settings->view, photograph);
  return normalised(onnx, x, &normalization);
}
