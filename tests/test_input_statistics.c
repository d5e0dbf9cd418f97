/* Ranges for 8 bits from what a convolution's input was, on numbers whose ranges are known. */
#include "tests/support/test.h"

#include <math.h>

#include "anomaly/input_statistics.h"
#include "autograd/ops.h"
#include "tests/support/scope.h"

enum { COUNT = 10000 };

/* A network of two convolutions, of which the second, behind the first, sees `numbers`. */
typedef struct Network {
  SnBackbone backbone;
  SnTensor *first, *second, *numbers;
} Network;

static const SnConv2d plain = {.stride = {1, 1}, .dilation = {1, 1}, .groups = 1};

static bool forward(SnBackbone *backbone, SnTensor *images, SnTensor **levels) {
  Network *network = (Network *)backbone; /* its first member */
  sn_conv2d(images, network->first, NULL, plain);
  levels[0] = sn_conv2d(network->numbers, network->second, NULL, plain);
  return levels[0] != NULL;
}

/* COUNT numbers evenly from `low` to `high`, of which the last ones are `outlier`. */
static void make(Network *network, float low, float high, int outliers, float outlier) {
  static float values[COUNT];
  for (int i = 0; i < COUNT; i++) values[i] = low + (high - low) * ((float)i + 0.5f) / COUNT;
  for (int i = 0; i < outliers; i++) values[COUNT - 1 - i] = outlier;
  *network = (Network){.backbone = {.forward = forward}};
  network->first = sn_full(SN_FLOAT32, 1, SN_SHAPE(1, 3, 1, 1));
  network->second = sn_full(SN_FLOAT32, 1, SN_SHAPE(1, 1, 1, 1));
  network->numbers = sn_from_host(SN_FLOAT32, SN_SHAPE(1, 1, 100, 100), values);
  sn_module_add_parameter(&network->backbone.module, "first", network->first);
  sn_module_add_parameter(&network->backbone.module, "second", network->second);
}

static SnInputRange range_of(Network *network, SnRangeRule rule) {
  SnTensor *images = sn_full(SN_FLOAT32, 1000, SN_SHAPE(1, 3, 4, 4));
  SnInputStatistics *statistics = sn_input_statistics_new(&network->backbone);
  for (int pass = 0; pass < SN_INPUT_PASSES; pass++)
    assert_true(sn_input_statistics_add(statistics, (SnInputPass)pass, images));
  SnLayerRanges ranges = sn_input_statistics_ranges(statistics, rule);
  assert_int_equal(ranges.count, 1); /* not what the first convolution sees */
  assert_string_equal(ranges.items[0].weight, "second");
  return ranges.items[0].x;
}

static void expect_range(Network *network, SnRangeRule rule, float least, float most, float tolerance) {
  SnInputRange found = range_of(network, rule);
  if (!(fabsf(found.least - least) <= tolerance && fabsf(found.most - most) <= tolerance))
    fail_msg("%s: %g to %g, expected %g to %g", sn_range_rule_name(rule), (double)found.least, (double)found.most,
             (double)least, (double)most);
}

static void outliers_are_cut_off_by_their_share(void **state) {
  (void)state;
  Network network;
  make(&network, 0, 1, 1, 20); /* one in ten thousand */
  expect_range(&network, SN_RANGE_MINMAX, 0, 20, 0);
  expect_range(&network, SN_RANGE_PERCENTILE_4, 0, 1, 0.02f);
  expect_range(&network, SN_RANGE_PERCENTILE_3, 0, 1, 0.02f);
  make(&network, 0, 1, 5, 20);
  expect_range(&network, SN_RANGE_PERCENTILE_4, 0, 20, 0);
  expect_range(&network, SN_RANGE_PERCENTILE_3, 0, 1, 0.02f);
  make(&network, -1, 1, 5, -20); /* below as above */
  expect_range(&network, SN_RANGE_MINMAX, -20, 0.999f, 0.001f);
  expect_range(&network, SN_RANGE_PERCENTILE_3, -1, 1, 0.03f);
}

/* 256 levels over bins of 20 / 2048 are 2.5 wide at least: coarser ones lose more than five outliers are worth. */
static void the_divergence_weighs_outliers_against_steps(void **state) {
  (void)state;
  Network network;
  make(&network, 0, 1, 1, 20);
  SnInputRange range = range_of(&network, SN_RANGE_ENTROPY);
  assert_true(range.least == 0 && range.most >= 1 && range.most < 10);
  make(&network, 0, 1, 0, 0); /* without outliers nothing is cut off */
  expect_range(&network, SN_RANGE_ENTROPY, 0, 1, 0.01f);
  make(&network, -1.5f, 1, 0, 0);
  SnTensor *positive = sn_relu(network.numbers), *square = sn_mul(positive, positive);
  network.numbers = sn_mul(square, square); /* more small numbers than large ones, and many zeros, which do not count */
  expect_range(&network, SN_RANGE_ENTROPY, 0, 1, 0.25f);
}

static void what_is_always_zero_has_no_range(void **state) {
  (void)state;
  Network network;
  make(&network, 0, 0, 0, 0);
  SnInputStatistics *statistics = sn_input_statistics_new(&network.backbone);
  SnTensor *images = sn_full(SN_FLOAT32, 1, SN_SHAPE(1, 3, 4, 4));
  for (int pass = 0; pass < SN_INPUT_PASSES; pass++)
    assert_true(sn_input_statistics_add(statistics, (SnInputPass)pass, images));
  for (int rule = 0; rule < SN_RANGE_RULE_COUNT; rule++)
    assert_int_equal(sn_input_statistics_ranges(statistics, (SnRangeRule)rule).count, 0);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(outliers_are_cut_off_by_their_share, open_scope, close_scope),
      cmocka_unit_test_setup_teardown(the_divergence_weighs_outliers_against_steps, open_scope, close_scope),
      cmocka_unit_test_setup_teardown(what_is_always_zero_has_no_range, open_scope, close_scope)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
