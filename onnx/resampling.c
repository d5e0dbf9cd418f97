/* Bilinear, nearest and bicubic resizing, adaptive averages and the Gaussian blur: what is linear and works on rows and
 * on columns alike is a product with a constant matrix on each side,
 *
 *     y = A x B,
 *
 * so that borders and roundings of positions are ours in every runtime. The matrices come from the operation itself: it
 * is computed, in double precision, of the unit vectors. */
#include "onnx/operations.h"

/* What the operation makes of `in` cells along dimension `dim` (2 or 3) of [N,C,H,W], one row for each unit vector:
 * float32 [in, out]. */
static SnTensor *matrix_along(const SnRecord *record, int dim, int64_t in, int64_t out) {
  const SnBackend *backend = sn_backend_reference();
  int64_t from[4] = {in, 1, 1, 1}, to[4] = {in, 1, 1, 1};
  from[dim] = in;
  to[dim] = out;
  double *units = sn_scope_allocate(in * in, sizeof *units, NULL);
  float *numbers = sn_scope_allocate(in * out, sizeof *numbers, NULL);
  for (int64_t i = 0; units && i < in; i++) units[i * in + i] = 1;
  SnTensor *host = sn_from_host(SN_FLOAT64, 4, from, units), *x = host ? sn_to_device(host, backend) : NULL;
  SnTensor *y = sn_empty_on(backend, SN_FLOAT64, 4, to);
  if (!sn_ok() || !sn_run_kernel(record->op->kernel, 1, &x, 1, &y, &record->attributes) ||
      !sn_to_host(y, SN_FLOAT32, numbers))
    return NULL;
  return sn_from_host(SN_FLOAT32, SN_SHAPE(in, out), numbers);
}

static bool changes_nothing(SnTensor *matrix) {
  const int64_t *shape = matrix->array.shape;
  const float *numbers = shape[0] == shape[1] ? sn_float_data(matrix) : NULL;
  for (int64_t i = 0; numbers && i < shape[0] * shape[1]; i++)
    if (numbers[i] != (i / shape[1] == i % shape[1] ? 1.0F : 0.0F)) return false;
  return numbers != NULL;
}

static const char *along_rows(SnOnnxForward *forward, const SnRecord *record, const char *x, int64_t in, int64_t out) {
  SnTensor *matrix = matrix_along(record, 3, in, out);
  if (!matrix || changes_nothing(matrix)) return x;
  const char *right = sn_onnx_tensor(forward->onnx, NULL, matrix);
  return sn_onnx_node(forward->onnx, "MatMul", SN_ONNX_NAMES(x, right), SN_ONNX_PLAIN);
}

static const char *along_columns(SnOnnxForward *forward, const SnRecord *record, const char *x, int64_t in,
                                 int64_t out) {
  SnTensor *matrix = matrix_along(record, 2, in, out);
  if (!matrix || changes_nothing(matrix)) return x;
  SnTensor *turned = sn_view(matrix, 2, (int64_t[]){out, in}, (int64_t[]){1, out}, 0);
  const char *left = turned ? sn_onnx_tensor(forward->onnx, NULL, turned) : NULL;
  return sn_onnx_node(forward->onnx, "MatMul", SN_ONNX_NAMES(left, x), SN_ONNX_PLAIN);
}

static int64_t greatest_divisor(int64_t a, int64_t b) { return b == 0 ? a : greatest_divisor(b, a % b); }

/* Averages of long rows: in g = gcd(in, out) pieces, of which each becomes out / g numbers by the same small matrix. */
static const char *in_pieces(SnOnnxForward *forward, const SnRecord *record, const char *x, int64_t pieces) {
  int64_t sizes[SN_MAX_DIMS], split[SN_MAX_DIMS];
  const SnTensor *y = record->outputs[0];
  int64_t in = record->inputs[0]->array.shape[3] / pieces, out = y->array.shape[3] / pieces;
  if (!sn_onnx_sizes(y, forward->twin->outputs[0], sizes)) return NULL;
  for (int d = 0; d < 2; d++) split[d] = sizes[d];
  split[2] = pieces;
  split[3] = in;
  x = along_rows(forward, record, sn_onnx_reshaped(forward, x, 4, split), in, out);
  return sn_onnx_reshaped(forward, x, 4, sizes);
}

const char *sn_onnx_resampling(SnOnnxForward *forward, const SnRecord *record) {
  const int64_t *in = record->inputs[0]->array.shape, *out = record->outputs[0]->array.shape;
  const char *x = sn_onnx_value(forward, record->inputs[0]);
  int64_t pieces = greatest_divisor(in[3], out[3]);
  if (record->op->kernel == SN_KERNEL_adaptive_avg_pool2d && in[2] == 1 && out[2] == 1 && pieces > 1)
    return in_pieces(forward, record, x, pieces);
  return along_rows(forward, record, along_columns(forward, record, x, in[2], out[2]), in[3], out[3]);
}
