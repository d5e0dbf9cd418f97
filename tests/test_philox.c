/* The random numbers: published answers, distribution, and closeness to Box and Muller's formula in double precision.
 */
#include "tests/support/test.h"

#include <stdbool.h>
#include <stdlib.h>

#include "backends/backend.h"
#include "backends/philox.h"
#include "base/memory.h"

static void philox_gives_the_published_answers(void **state) {
  (void)state;
  /* from Random123's known-answer file: philox4x32, 10 rounds */
  static const struct {
    uint32_t counter[4], key[2], answer[4];
  } known[] = {
      {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
       {0xffffffff, 0xffffffff},
       {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
       {0xa4093822, 0x299f31d0},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    const uint32_t *c = known[i].counter, *k = known[i].key;
    SnPhilox bits =
        sn_philox((uint64_t)k[1] << 32 | k[0], c[3], c[2], (uint64_t)c[1] << 32 | c[0]); /* stream, step, block */
    assert_memory_equal(bits.word, known[i].answer, sizeof bits.word);
  }
}

static void assert_normals_close(uint32_t a, uint32_t b) {
  float first, second;
  sn_normal_pair(a, b, &first, &second);
  double u = (double)((float)a * 0x1p-32f + 0x1p-33f), angle = 2 * acos(-1) * 0x1p-32 * b;
  double radius = sqrt(-2 * log(u));
  assert_true(fabs((double)first - radius * cos(angle)) < 1.5e-6);
  assert_true(fabs((double)second - radius * sin(angle)) < 1.5e-6);
}

static void normals_follow_box_and_muller(void **state) {
  (void)state;
  static const uint32_t corners[] = {0,          1,          0x1fffffff, 0x20000000, 0x3fffffff, 0x40000000,
                                     0x5fffffff, 0x60000000, 0x7fffffff, 0x80000000, 0x9fffffff, 0xa0000000,
                                     0xbfffffff, 0xc0000000, 0xdfffffff, 0xe0000000, 0xfffffffe, 0xffffffff};
  for (size_t i = 0; i < sizeof corners / sizeof *corners; i++)
    for (size_t j = 0; j < sizeof corners / sizeof *corners; j++) assert_normals_close(corners[i], corners[j]);
  for (uint64_t block = 0; block < 500000; block++) {
    SnPhilox bits = sn_philox(3, 1, 4, block);
    assert_normals_close(bits.word[0], bits.word[1]);
    assert_normals_close(bits.word[2], bits.word[3]);
    assert_normals_close(bits.word[0] >> (block % 32), bits.word[1]); /* small u, the tail */
  }
}

static void draw(SnKernel kernel, SnDtype dtype, void *numbers, int64_t count, SnRandom random) {
  SnArray y = {.data = numbers, .dtype = dtype, .ndim = 1, .shape = {count}, .stride = {1}};
  SnCall call = {.out = {&y}, .attributes.random = random};
  assert_true(sn_backend_reference()->kernels[kernel](&call));
}

/* |measured - expected| within five standard deviations of the measure itself */
static void assert_near(double measured, double expected, double deviation) {
  if (!(fabs(measured - expected) < 5 * deviation))
    fail_msg("expected %.6f within 5 times %.6f, found %.6f", expected, deviation, measured);
}

static void normals_are_normal(void **state) {
  (void)state;
  const int64_t count = 1 << 21;
  const double n = (double)count;
  double *z = sn_allocate(count, sizeof *z, "normal numbers");
  assert_non_null(z);
  draw(SN_KERNEL_normal, SN_FLOAT64, z, count, (SnRandom){.seed = 2023, .b = 1});
  double moment[5] = {0}, pairs = 0, neighbours = 0, beyond[4] = {0};
  for (int64_t i = 0; i < count; i++) {
    double power = 1;
    for (int k = 1; k <= 4; k++) moment[k] += (power *= z[i]);
    for (int k = 1; k <= 3; k++) beyond[k] += fabs(z[i]) > k + 0.5;
    if (i % 2) pairs += z[i] * z[i - 1];
    if (i >= 4) neighbours += z[i] * z[i - 4];
  }
  free(z);
  /* variances of z, z^2, z^3, z^4 for a standard normal: 1, 2, 15, 96 */
  assert_near(moment[1] / n, 0, sqrt(1 / n));
  assert_near(moment[2] / n, 1, sqrt(2 / n));
  assert_near(moment[3] / n, 0, sqrt(15 / n));
  assert_near(moment[4] / n, 3, sqrt(96 / n));
  assert_near(pairs / (n / 2), 0, sqrt(2 / n));
  assert_near(neighbours / n, 0, sqrt(1 / n));
  for (int k = 1; k <= 3; k++) {
    double p = erfc((k + 0.5) / sqrt(2));
    assert_near(beyond[k] / n, p, sqrt(p * (1 - p) / n));
  }
}

static void uniforms_are_uniform(void **state) {
  (void)state;
  enum { COUNT = 1 << 20, BINS = 64 };
  float *u = sn_allocate(COUNT, sizeof *u, "uniform numbers");
  assert_non_null(u);
  draw(SN_KERNEL_uniform, SN_FLOAT32, u, COUNT, (SnRandom){.seed = 7, .stream = 2, .a = -2, .b = 6});
  int bins[BINS] = {0};
  for (int i = 0; i < COUNT; i++) {
    assert_true(u[i] >= -2 && u[i] < 6);
    bins[(int)((u[i] + 2) * (BINS / 8))]++;
  }
  free(u);
  double chi_squared = 0, expected = (double)COUNT / BINS;
  for (int i = 0; i < BINS; i++) chi_squared += (bins[i] - expected) * (bins[i] - expected) / expected;
  assert_near(chi_squared, BINS - 1, sqrt(2 * (BINS - 1)));
}

/* Word 2 of block 2330056 has its upper 24 bits all set: 1 + (1 - 2^-24) rounds to 2 in float32. */
static void uniforms_stay_below_high(void **state) {
  (void)state;
  SnRandom random = {.offset = 4 * 2330056, .a = 1, .b = 2};
  assert_int_equal(sn_philox(0, 0, 0, 2330056).word[2] >> 8, 0xFFFFFF);
  float narrow[4];
  double wide[4];
  draw(SN_KERNEL_uniform, SN_FLOAT32, narrow, 4, random);
  draw(SN_KERNEL_uniform, SN_FLOAT64, wide, 4, random);
  assert_true(narrow[2] == 2 - 0x1p-23f);
  assert_true(wide[2] == 2 - 0x1p-24);
}

static void an_element_depends_on_its_place_alone(void **state) {
  (void)state;
  static const SnKernel kernels[] = {SN_KERNEL_normal, SN_KERNEL_uniform};
  for (int k = 0; k < 2; k++) {
    SnRandom random = {.seed = 11, .stream = 3, .step = 5, .a = 0.5, .b = 2};
    float whole[23], part[10], other[23];
    double wide[23];
    draw(kernels[k], SN_FLOAT32, whole, 23, random);
    draw(kernels[k], SN_FLOAT64, wide, 23, random);
    for (int i = 0; i < 23; i++) assert_true(fabs((double)whole[i] - wide[i]) < 1e-6);
    random.offset = 8;
    draw(kernels[k], SN_FLOAT32, part, 10, random);
    assert_memory_equal(part, whole + 8, sizeof part);
    random.offset = 0;
    for (int field = 0; field < 3; field++) {
      SnRandom changed = random;
      if (field == 0) changed.seed = (uint64_t)1 << 32 | 11;
      if (field == 1) changed.stream++;
      if (field == 2) changed.step++;
      draw(kernels[k], SN_FLOAT32, other, 23, changed);
      for (int i = 0; i < 23; i++) assert_true(other[i] != whole[i]);
    }
  }
}

/* In float32 the arithmetic is single precision, in this order: every backend can give the same bits. */
static void float32_numbers_have_defined_bits(void **state) {
  (void)state;
  float y[4], z[4];
  SnPhilox bits = sn_philox(1, 2, 3, 5);
  draw(SN_KERNEL_normal, SN_FLOAT32, y, 4, (SnRandom){1, 2, 3, 20, 0.1, 0.7});
  sn_normal_pair(bits.word[0], bits.word[1], z, z + 1);
  sn_normal_pair(bits.word[2], bits.word[3], z + 2, z + 3);
  for (int i = 0; i < 4; i++) assert_true(y[i] == 0.1f + 0.7f * z[i]);
  draw(SN_KERNEL_uniform, SN_FLOAT32, y, 4, (SnRandom){1, 2, 3, 20, 0.1, 0.7});
  for (int i = 0; i < 4; i++) assert_true(y[i] == 0.1f + (0.7f - 0.1f) * sn_uniform_from_bits(bits.word[i]));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(philox_gives_the_published_answers),
      cmocka_unit_test(normals_follow_box_and_muller),
      cmocka_unit_test(normals_are_normal),
      cmocka_unit_test(uniforms_are_uniform),
      cmocka_unit_test(uniforms_stay_below_high),
      cmocka_unit_test(an_element_depends_on_its_place_alone),
      cmocka_unit_test(float32_numbers_have_defined_bits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
