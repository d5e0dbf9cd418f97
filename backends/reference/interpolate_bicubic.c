/* Bicubic interpolation: backends/bicubic.h has the formula. */
#include "backends/bicubic.h"
#include "backends/reference/elements.h"
#include "backends/reference/kernels.h"

typedef struct Axes {
  SnBicubicAxis down, along;
} Axes;

static Axes axes(const SnCall *call, const SnArray *image, const SnArray *result) {
  const SnBicubic *options = &call->attributes.bicubic;
  return (Axes){sn_bicubic_axis(image->shape[2], result->shape[2], options->scale[0], options->antialias),
                sn_bicubic_axis(image->shape[3], result->shape[3], options->scale[1], options->antialias)};
}

bool sn_reference_interpolate_bicubic(const SnCall *call) {
  const SnArray *x = call->in[0], *y = call->out[0];
  Axes a = axes(call, x, y);
  int64_t index[SN_MAX_DIMS] = {0};
  for (int64_t e = 0; e < sn_array_count(y); e++, sn_advance(y, index)) {
    SnBicubicPlace row = sn_bicubic_place(&a.down, index[2]), column = sn_bicubic_place(&a.along, index[3]);
    double sum = 0;
    for (int64_t k = row.first; k < row.end; k++)
      for (int64_t l = column.first; l < column.end; l++)
        sum += sn_bicubic_weight(&row, k) * sn_bicubic_weight(&column, l) *
               sn_get(x, sn_at4(x, index[0], index[1], sn_bicubic_clamp(&a.down, k), sn_bicubic_clamp(&a.along, l)));
    sn_set(y, sn_at(y, index), sum);
  }
  return true;
}

/* dx = sum of share dy over the outputs that took from this place */
bool sn_reference_interpolate_bicubic_backward(const SnCall *call) {
  const SnArray *dy = call->in[0], *dx = call->out[0];
  Axes a = axes(call, dx, dy);
  int64_t index[SN_MAX_DIMS] = {0};
  for (int64_t e = 0; e < sn_array_count(dx); e++, sn_advance(dx, index)) {
    double sum = 0;
    for (int64_t i = 0; i < dy->shape[2]; i++) {
      SnBicubicPlace row = sn_bicubic_place(&a.down, i);
      double share = sn_bicubic_share(&a.down, &row, index[2]);
      for (int64_t j = 0; share != 0 && j < dy->shape[3]; j++) {
        SnBicubicPlace column = sn_bicubic_place(&a.along, j);
        sum += share * sn_bicubic_share(&a.along, &column, index[3]) * sn_get(dy, sn_at4(dy, index[0], index[1], i, j));
      }
    }
    sn_set(dx, sn_at(dx, index), sum);
  }
  return true;
}
