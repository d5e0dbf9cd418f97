/* The CUDA backend's fused convolutions, on a card or on the CPU emulation of the CUDA runtime: every algorithm against
 * the reference, chunks of rows, precisions, recordings, and what is chosen for which shape. */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "tests/support/cuda_device.h"
#include "tests/support/fused_cases.h"

static const SnBackend *cuda;

static const SnConvolutionAlgorithm algorithms[] = {SN_CONVOLUTION_DIRECT,     SN_CONVOLUTION_IM2COL,
                                                    SN_CONVOLUTION_POINTWISE,  SN_CONVOLUTION_DEPTHWISE,
                                                    SN_CONVOLUTION_WINOGRAD_2, SN_CONVOLUTION_WINOGRAD_4};
enum { ALGORITHMS = sizeof algorithms / sizeof *algorithms };

static SnFusedConv2d *options_of(FusedCase *c) { return &c->call.attributes.fused_conv2d; }

static bool supports(FusedCase *c, SnConvolutionAlgorithm algorithm) {
  options_of(c)->algorithm = algorithm;
  return cuda->conv2d_supports(options_of(c), c->x.shape);
}

/* By the algorithm of the call: twice the same bits. In memory that lies differently cuBLAS may choose another kernel,
 * so the result is only as near to what is expected. */
static void check(const FusedCase *c, const float *expected, double factor) {
  float *found = fused_case_run(cuda, c, 0), *again = fused_case_run(cuda, c, 0), *shifted = fused_case_run(cuda, c, 1);
  fused_case_compare(c, "cuda", found, expected, factor);
  fused_case_compare(c, "cuda, shifted", shifted, expected, factor);
  assert_memory_equal(found, again, (size_t)sn_array_count(&c->y) * sizeof *found);
  free(found);
  free(again);
  free(shifted);
}

static void algorithms_agree_with_the_reference(void **state) {
  (void)state;
  for (int i = 0; i < fused_shape_count; i++)
    for (int variant = 0; variant < FUSED_VARIANTS; variant++) {
      FusedCase c;
      fused_case_make(&c, &fused_shapes[i], variant);
      float *expected = fused_case_run(sn_backend_reference(), &c, 0);
      for (int a = 0; a < ALGORITHMS; a++)
        if (supports(&c, algorithms[a])) check(&c, expected, 1);
      free(expected);
      fused_case_free(&c);
    }
}

static void activations_agree_with_the_reference(void **state) {
  (void)state;
  for (int i = 0; i < fused_activated_shape_count; i++)
    for (int a = SN_ACTIVATION_LEAKY_RELU + 1; a < SN_ACTIVATION_COUNT; a++) {
      FusedCase c;
      fused_case_make_activated(&c, &fused_activated_shapes[i], (SnActivation)a);
      float *expected = fused_case_run(sn_backend_reference(), &c, 0);
      for (int g = 0; g < ALGORITHMS; g++)
        if (supports(&c, algorithms[g])) check(&c, expected, 1);
      free(expected);
      fused_case_free(&c);
    }
}

/* What lies between Winograd's steps is more than is kept at a time; chunks end within images, and the last is shorter.
 */
static void large_images_are_cut_into_rows(void **state) {
  (void)state;
  static const FusedShape shape = {5, 8, 217, 213, 9, 3, 3, FUSED_SAME};
  FusedCase c;
  fused_case_make(&c, &shape, 5);
  float *expected = fused_case_run(sn_backend_reference(), &c, 0);
  for (int a = 0; a < ALGORITHMS; a++) {
    if (algorithms[a] < SN_CONVOLUTION_WINOGRAD_2) continue;
    assert_true(supports(&c, algorithms[a]));
    check(&c, expected, 1);
  }
  free(expected);
  fused_case_free(&c);
}

/* 4x4 tiles lose more digits than tf32 has to spare, and both more than bfloat16 has. A convolution that was planned
 * before the precision changed says so. */
static void precisions_refuse_what_they_cannot_keep(void **state) {
  (void)state;
  static const FusedShape shape = {3, 17, 14, 14, 33, 3, 3, FUSED_SAME};
  FusedCase c;
  fused_case_make(&c, &shape, 3);
  float *expected = fused_case_run(sn_backend_reference(), &c, 0);
  assert_true(supports(&c, SN_CONVOLUTION_WINOGRAD_2) && supports(&c, SN_CONVOLUTION_WINOGRAD_4));
  assert_true(cuda->set_precision(SN_PRECISION_TF32));
  assert_false(supports(&c, SN_CONVOLUTION_WINOGRAD_4));
  assert_true(supports(&c, SN_CONVOLUTION_WINOGRAD_2));
  check(&c, expected, 0x1p-9 / 3e-6); /* as of other products (test_cuda_host.c) */
  assert_true(cuda->set_precision(SN_PRECISION_BFLOAT16));
  assert_false(supports(&c, SN_CONVOLUTION_WINOGRAD_2) || supports(&c, SN_CONVOLUTION_WINOGRAD_4));
  SnArray y = c.y;
  y.data = expected; /* not written to */
  SnCall call = c.call;
  call.in[1] = &c.weight;
  call.out[0] = &y;
  assert_false(cuda->kernels[SN_KERNEL_conv2d_fused](&call));
  assert_non_null(strstr(sn_error(), "planned in a precision other than the present one"));
  free(expected);
  fused_case_free(&c);
}

/* ---- recordings ---- */

static SnArray on_device(const SnArray *a) {
  SnArray copy = *a;
  size_t bytes = (size_t)sn_array_count(a) * sizeof(float);
  copy.data = cuda->allocate(bytes);
  assert_non_null(copy.data);
  if (a->data) assert_true(cuda->copy_from_host(copy.data, a->data, bytes));
  return copy;
}

static void winograd_is_recorded(void **state) {
  (void)state;
  static const FusedShape shape = {2, 5, 9, 11, 6, 3, 3, FUSED_SAME};
  for (int a = 0; a < ALGORITHMS; a++) {
    if (algorithms[a] < SN_CONVOLUTION_WINOGRAD_2) continue;
    FusedCase c;
    fused_case_make(&c, &shape, 3);
    options_of(&c)->algorithm = algorithms[a];
    size_t bytes = (size_t)sn_array_count(&c.y) * sizeof(float);
    int64_t n = cuda->conv2d_prepared_count(options_of(&c));
    SnArray space = {.dtype = SN_FLOAT32, .ndim = 1, .shape = {n}, .stride = {1}};
    SnArray arrays[] = {on_device(&c.x),        on_device(&space), on_device(&c.bias),
                        on_device(&c.residual), on_device(&c.y),   on_device(&c.weight)};
    SnCall prepare = {.in = {&arrays[5]}, .out = {&arrays[1]}, .attributes = c.call.attributes}, call = c.call;
    for (int i = 0; i < 4; i++) call.in[i] = &arrays[i];
    call.out[0] = &arrays[4];
    assert_true(cuda->kernels[SN_KERNEL_conv2d_prepare](&prepare) && cuda->kernels[SN_KERNEL_conv2d_fused](&call));
    assert_true(cuda->record_begin() && cuda->kernels[SN_KERNEL_conv2d_fused](&call));
    SnRecording *recording = cuda->record_end();
    if (!recording) fail_msg("%s", sn_error());
    for (int run = 0; run < 3; run++) {
      float *x = c.x.data, *found = malloc(bytes);
      assert_non_null(found);
      for (int64_t i = 0; i < sn_array_count(&c.x); i++) x[i] = -0.5f * x[i];
      assert_true(cuda->copy_from_host(arrays[0].data, x, (size_t)sn_array_count(&c.x) * sizeof *x));
      assert_true(cuda->record_run(recording, (SnClock){run, 0}) && cuda->copy_to_host(found, arrays[4].data, bytes));
      float *expected = fused_case_run(cuda, &c, 0);
      assert_memory_equal(found, expected, bytes);
      free(found);
      free(expected);
    }
    cuda->record_free(recording);
    for (int i = 0; i < 6; i++) cuda->release(arrays[i].data, (size_t)sn_array_count(&arrays[i]) * sizeof(float));
    fused_case_free(&c);
  }
}

/* ---- the choice ---- */

static SnConvolutionAlgorithm choice(int64_t batch, int64_t channels, int64_t size, SnPrecision precision) {
  SnFusedConv2d options = {.conv2d = FUSED_SAME, .in = channels, .out = channels, .kernel = {3, 3}};
  const int64_t x[] = {batch, channels, size, size};
  assert_true(cuda->set_precision(precision));
  options.algorithm = cuda->conv2d_choose(&options, x);
  assert_true(cuda->conv2d_supports(&options, x));
  return options.algorithm;
}

static void the_choice_is_supported(void **state) {
  (void)state;
  for (int i = 0; i < fused_shape_count; i++) {
    FusedCase c;
    fused_case_make(&c, &fused_shapes[i], 0);
    for (int p = 0; p < 3; p++) {
      assert_true(cuda->set_precision((SnPrecision)p));
      assert_true(supports(&c, cuda->conv2d_choose(options_of(&c), c.x.shape)));
    }
    fused_case_free(&c);
  }
}

/* By operations and bytes (conv2d_fused.cu). */
static void the_choice_follows_the_shape(void **state) {
  (void)state;
  assert_int_equal(choice(8, 256, 28, SN_PRECISION_FLOAT32), SN_CONVOLUTION_WINOGRAD_4);
  assert_int_equal(choice(1, 512, 14, SN_PRECISION_FLOAT32), SN_CONVOLUTION_WINOGRAD_2); /* weights are most bytes */
  assert_int_equal(choice(1, 8, 14, SN_PRECISION_FLOAT32), SN_CONVOLUTION_IM2COL);       /* starts are most time */
  assert_int_equal(choice(32, 64, 56, SN_PRECISION_FLOAT32), SN_CONVOLUTION_IM2COL);     /* transforms are */
  assert_int_equal(choice(8, 256, 28, SN_PRECISION_TF32), SN_CONVOLUTION_IM2COL);
  assert_int_equal(choice(8, 256, 28, SN_PRECISION_BFLOAT16), SN_CONVOLUTION_IM2COL);
}

/* None of these is allocated: sizes that 32 bits cannot count are left to plain loops; the last is no window's size. */
static void sizes_beyond_counting_are_refused(void **state) {
  (void)state;
  static const int64_t images[][4] = {{1, 64, 3, (int64_t)1 << 30}, {(int64_t)1 << 31, 64, 9, 9}, {1, 64, 1, 5}};
  for (size_t i = 0; i < sizeof images / sizeof *images; i++) {
    SnFusedConv2d options = {.conv2d = {{1, 1}, {0, 0}, {1, 1}, 1, {0, 0}}, .in = 64, .out = 64, .kernel = {3, 3}};
    if (i < 2) assert_int_equal(cuda->conv2d_choose(&options, images[i]), SN_CONVOLUTION_DIRECT);
    for (int a = 0; a < ALGORITHMS; a++) {
      options.algorithm = algorithms[a];
      if (algorithms[a] >= SN_CONVOLUTION_WINOGRAD_2) assert_false(cuda->conv2d_supports(&options, images[i]));
    }
  }
}

static int usual_precision(void **state) {
  test_clear_error(state);
  cuda->set_precision(SN_PRECISION_FLOAT32);
  return 0;
}

int main(void) {
  int status;
  if (!test_cuda_open(&cuda, &status)) return status;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(algorithms_agree_with_the_reference, usual_precision),
      cmocka_unit_test_setup(activations_agree_with_the_reference, usual_precision),
      cmocka_unit_test_setup(large_images_are_cut_into_rows, usual_precision),
      cmocka_unit_test_setup(precisions_refuse_what_they_cannot_keep, usual_precision),
      cmocka_unit_test_setup(winograd_is_recorded, usual_precision),
      cmocka_unit_test_setup(the_choice_is_supported, usual_precision),
      cmocka_unit_test_setup(the_choice_follows_the_shape, usual_precision),
      cmocka_unit_test_setup(sizes_beyond_counting_are_refused, usual_precision),
  };
  return cmocka_run_group_tests(tests, NULL, test_free_storage);
}
