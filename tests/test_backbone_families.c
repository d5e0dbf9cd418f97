/* The table of families takes a further one: this program brings a table of its own (the linker then leaves the
 * library's families.c out), whose second family has twenty levels, strides that are no powers of two, and maps that
 * are not rounded up. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "autograd/ops.h"
#include "models/backbones/family.h"
#include "nn/conv2d.h"
#include "plan/plan.h"
#include "tests/support/formula.h"
#include "tests/support/scope.h"
#include "tests/support/state_dicts.h"

/* ---- the family: patches of 7 x 7 pixels, then 1 x 1 convolutions, of which the tenth takes every third cell ---- */

enum { LEVELS = 20, PATCH = 7, COARSE = 10 };

typedef struct Toy {
  SnBackbone backbone;
  SnConvolution *blocks[LEVELS];
} Toy;

static const char *toy_name(int index) { return index == 0 ? "toy_narrow" : index == 1 ? "toy_wide" : NULL; }

static int toy_level_count(int index) {
  (void)index;
  return LEVELS;
}

static SnLevel toy_level(int index, int64_t number) {
  static const char *const names[LEVELS] = {"blocks.0",  "blocks.1",  "blocks.2",  "blocks.3",  "blocks.4",
                                            "blocks.5",  "blocks.6",  "blocks.7",  "blocks.8",  "blocks.9",
                                            "blocks.10", "blocks.11", "blocks.12", "blocks.13", "blocks.14",
                                            "blocks.15", "blocks.16", "blocks.17", "blocks.18", "blocks.19"};
  return (SnLevel){.name = names[number - 1],
                   .channels = (index == 0 ? 3 : 6) + number,
                   .stride = number < COARSE ? PATCH : 3 * PATCH};
}

static int64_t toy_cells(const SnBackbone *backbone, int i, int64_t pixels) {
  int64_t patches = pixels / PATCH;
  return backbone->levels.numbers[i] < COARSE ? patches : (patches + 2) / 3;
}

static bool toy_forward(SnBackbone *backbone, SnTensor *images, SnTensor **levels) {
  Toy *toy = (Toy *)backbone;
  SnTensor *x = images;
  int given = 0;
  for (int block = 0; given < backbone->levels.count; block++) {
    x = sn_relu(sn_conv2d_forward(toy->blocks[block], x));
    if (backbone->levels.numbers[given] == block + 1) levels[given++] = x;
  }
  return sn_ok();
}

static SnBackbone *toy_create(int index, const SnLevels *levels, SnGenerator *generator) {
  Toy *toy = sn_scope_allocate(1, sizeof *toy, NULL);
  if (!toy) return NULL;
  SnBackbone *backbone = &toy->backbone;
  *backbone = (SnBackbone){.name = toy_name(index), .levels = *levels, .cells = toy_cells, .forward = toy_forward};
  for (int i = 0; i < levels->count; i++) {
    backbone->channels[i] = toy_level(index, levels->numbers[i]).channels;
    backbone->stride[i] = toy_level(index, levels->numbers[i]).stride;
  }
  int64_t in = 3;
  for (int b = 0; b < levels->numbers[levels->count - 1] && sn_ok(); b++) {
    int64_t side = b == 0 ? PATCH : 1, stride = b == 0 ? PATCH : b + 1 == COARSE ? 3 : 1;
    SnLevel level = toy_level(index, b + 1);
    toy->blocks[b] = sn_conv2d_new(in, level.channels, side, (SnConv2d){.stride = {stride, stride}}, true, generator);
    if (toy->blocks[b]) sn_module_add(&backbone->module, level.name, &toy->blocks[b]->module);
    in = level.channels;
  }
  return sn_ok() ? backbone : NULL;
}

static const SnBackboneFamily toy_family = {
    .name = toy_name, .level_count = toy_level_count, .level = toy_level, .create = toy_create};

const SnBackboneFamily *const sn_backbone_families[] = {&sn_resnet_family, &toy_family, NULL};

/* ---- what the list makes of it ---- */

static void test_names_of_both_families(void **state) {
  (void)state;
  assert_string_equal(sn_backbone_name(0), sn_resnet_family.name(0));
  int count = 0;
  while (sn_backbone_name(count)) count++;
  assert_string_equal(sn_backbone_name(count - 2), "toy_narrow");
  assert_string_equal(sn_backbone_name(count - 1), "toy_wide");
  assert_true(sn_backbone_exists("toy_wide"));
  assert_int_equal(sn_backbone_level_count("toy_wide"), LEVELS);
  assert_string_equal(sn_backbone_level_name("toy_wide", 20), "blocks.19");
  assert_null(sn_backbone_new("toy", &(SnLevels){1, {1}}, NULL));
  assert_non_null(strstr(sn_error(), sn_backbone_name(0)));
  assert_error("toy_narrow, toy_wide");
}

static void test_levels_of_several_digits(void **state) {
  (void)state;
  SnLevels levels;
  assert_true(sn_parse_levels("toy_wide", "3,blocks.10,20", &levels));
  assert_int_equal(levels.count, 3);
  char text[SN_LEVELS_TEXT];
  sn_levels_text(&levels, text, sizeof text);
  assert_string_equal(text, "3,11,20");
  assert_false(sn_parse_levels("toy_wide", "3,21", &levels));
  assert_non_null(strstr(sn_error(), "1 (blocks.0), 2 (blocks.1)"));
  assert_error("20 (blocks.19); found '3,21'");
  assert_false(sn_parse_levels("toy_wide", "11,3", &levels));
  assert_error("rising order");
  assert_false(sn_parse_levels("toy_wide", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", &levels));
  assert_error("toy_wide: expected at most 16 levels at once");
  assert_false(sn_parse_levels("resnet18", "5", &levels));
  assert_error("1 (layer1), 2 (layer2), 3 (layer3), 4 (layer4); found '5'");
}

static int forward(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  SnBackbone *backbone = context;
  return sn_backbone_forward(backbone, inputs[0], outputs) ? (int)backbone->levels.count : 0;
}

/* Sixteen levels at once, by the eager forward and by a plan. */
static void test_forward(void **state) {
  (void)state;
  SnLevels wanted = {0};
  for (int number = 5; number <= LEVELS; number++) wanted.numbers[wanted.count++] = number;
  assert_int_equal(wanted.count, SN_MAX_LEVELS);
  SnGenerator generator = {.dtype = SN_FLOAT32};
  SnBackbone *toy = sn_backbone_new("toy_narrow", &wanted, &generator);
  SnTensor *images = formula_tensor("images", 1, 0, SN_FLOAT32, SN_SHAPE(2, 3, 83, 42)), *levels[SN_MAX_LEVELS];
  if (!sn_backbone_forward(toy, images, levels)) fail_msg("%s", sn_error());
  SnPlan *plan = sn_plan_new(forward, toy, 1, &images);
  if (!plan) fail_msg("%s", sn_error());
  SnTensor *planned[SN_MAX_LEVELS];
  assert_int_equal(sn_plan_output_count(plan), SN_MAX_LEVELS);
  for (int i = 0; i < SN_MAX_LEVELS; i++) planned[i] = sn_plan_new_output(plan, i);
  assert_true(sn_plan_run(plan, &images, planned));
  for (int i = 0; i < SN_MAX_LEVELS; i++) {
    int64_t rows = wanted.numbers[i] < COARSE ? 11 : 4, columns = wanted.numbers[i] < COARSE ? 6 : 2;
    assert_int_equal(sn_backbone_cells(toy, i, 83), rows);
    assert_int_equal(sn_backbone_cells(toy, i, 42), columns);
    assert_true(sn_has_shape(levels[i], 4, (int64_t[]){2, 3 + wanted.numbers[i], rows, columns}));
    const float *x = levels[i]->array.data, *y = planned[i]->array.data;
    for (int64_t j = 0; j < sn_count(levels[i]); j++) assert_float_equal(x[j], y[j], 1e-5f);
  }
  sn_plan_free(plan);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_scope, close_scope)

int main(void) {
  static const struct CMUnitTest tests[] = {
      TEST(test_names_of_both_families),
      TEST(test_levels_of_several_digits),
      TEST(test_forward),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
