/* Fused convolutions for the tests of backends: shapes at which tiles, panels and vectors end unevenly, numbers for
 * them, and runs on any backend. */
#ifndef SN_TESTS_SUPPORT_FUSED_CASES_H
#define SN_TESTS_SUPPORT_FUSED_CASES_H

#include "backends/backend.h"

typedef struct FusedShape {
  int64_t n, c, h, w, o, kh, kw;
  SnConv2d options;
} FusedShape;

/* Stride 1, padding 1: what Winograd takes. */
#define FUSED_SAME \
  { .padding = {1, 1}, .stride = {1, 1}, .dilation = {1, 1}, .groups = 1 }
#define FUSED_POINT \
  { .stride = {1, 1}, .dilation = {1, 1}, .groups = 1 }

extern const FusedShape fused_shapes[];
extern const int fused_shape_count;

/* Which of bias, residual and activations there are. */
enum { FUSED_VARIANTS = 6 };

/* Shapes for every activation: tiles, panels and single channels that end unevenly. */
extern const FusedShape fused_activated_shapes[];
extern const int fused_activated_shape_count;

typedef struct FusedCase {
  SnArray x, weight, bias, residual, y;
  SnCall call;    /* of conv2d_fused, without prepared weight and y; DIRECT */
  double largest; /* number in the sums before the activation, to which errors are compared; 0: that in the results */
} FusedCase;

/* In the host's memory; to be freed. The call points into *c. */
void fused_case_make(FusedCase *c, const FusedShape *shape, int variant);

/* The same convolution with another activation, behind bias and residual. */
void fused_case_make_activated(FusedCase *c, const FusedShape *shape, SnActivation activation);

void fused_case_free(FusedCase *c);

/* The result in the host's memory, to be freed: by the algorithm of the call, in memory of the exact size, so that
 * sanitizers see what lies beyond. On a device arrays begin `first` floats into their memory. */
float *fused_case_run(const SnBackend *backend, const FusedCase *c, int64_t first);

/* The test fails where the results differ by more than the algorithm's float32 may, times `factor`. */
void fused_case_compare(const FusedCase *c, const char *where, const float *found, const float *expected,
                        double factor);

#endif
