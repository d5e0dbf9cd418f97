/* The released code's ckpt.pth as a model: what it scores, and what it is refused for. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "models/simplenet/simplenet.h"
#include "tensor/safetensors.h"
#include "tensor/weights.h"
#include "tests/support/formula.h"
#include "tests/support/golden.h"
#include "tests/support/image_files.h"
#include "tests/support/models.h"
#include "tests/support/state_dicts.h"

#define FOLDER "tests/golden/released/"
enum { DIMENSION = 24, ROWS = 36 };

/* A crop of 24 gives the first level of a ResNet a grid of 6 x 6. */
static SnSettings settings_for_test(void) {
  SnSettings settings = test_settings(&sn_simplenet, sn_simplenet.foreign->preset);
  test_set(&settings, "backbone", "resnet18");
  test_set(&settings, "levels", "1");
  settings.view.resize = sn_one_side(24);
  settings.view.crop = sn_square(24);
  return settings;
}

typedef struct Fixture {
  char *folder;
  char weights[512];
} Fixture;

static Fixture fixture;

static int write_backbone(void **state) {
  SnScope *scope = sn_scope_open();
  fixture.folder = make_folder();
  snprintf(fixture.weights, sizeof fixture.weights, "%s/backbone.safetensors", fixture.folder);
  SnGenerator generator = {.dtype = SN_FLOAT32};
  SnBackbone *backbone = sn_backbone_new("resnet18", &(SnLevels){1, {1}}, &generator);
  SnStateDict *dict = sn_state_dict_new();
  bool written =
      backbone && sn_module_state(&backbone->module, "", dict) && sn_safetensors_write(fixture.weights, dict);
  sn_scope_close(scope);
  *state = fixture.weights;
  return written ? 0 : -1;
}

static int remove_backbone(void **state) {
  (void)state;
  remove_folder(fixture.folder);
  return 0;
}

static void expect_scores(const char *path, const char *weights) {
  SnScope *scope = sn_scope_open();
  SnStateDict *golden = golden_read(FOLDER "expected.safetensors");
  SnStateDict *dict = sn_weights_read(path);
  SnSettings settings = settings_for_test();
  assert_ptr_equal(sn_foreign_method(dict), &sn_simplenet);
  SnModel *model = sn_model_load_foreign(dict, path, &settings, weights);
  if (!model) fail_msg("%s", sn_error());
  SnSimpleNetSettings own = sn_simplenet_settings(&model->settings);
  assert_int_equal(model->features.channels, DIMENSION);
  assert_int_equal(own.hidden, 16);
  assert_int_equal(own.discriminator_depth, 2);
  assert_int_equal(own.adaptor_depth, 1);
  assert_int_equal(own.adaptor_bias, 1);
  SnTensor *features = formula_tensor("rows", 1, 0, SN_FLOAT32, SN_SHAPE(1, 6, 6, DIMENSION));
  SnTensor *patches = test_patches(model, features);
  golden_expect(golden, "scores", sn_view(patches, SN_SHAPE(ROWS, 1), (int64_t[]){1, 1}, 0), 1e-5);
  sn_scope_close(scope);
}

static void test_zip(void **state) { expect_scores(FOLDER "ckpt.pth", *state); }
static void test_legacy(void **state) { expect_scores(FOLDER "ckpt.legacy.pth", *state); }

static void test_refused(void **state) {
  SnScope *scope = sn_scope_open();
  SnStateDict *dict = sn_weights_read(FOLDER "ckpt.pth");
  SnSettings settings = settings_for_test();
  assert_ptr_equal(sn_foreign_method(dict), &sn_simplenet);

  settings.features.pooling = SN_POOLING_MEAN; /* 64 channels, which the file's 24 do not fit */
  assert_null(sn_model_load_foreign(dict, "ckpt.pth", &settings, *state));
  assert_error("ckpt.pth: ");
  settings.features.pooling = SN_POOLING_ADAPTIVE;

  SnStateDict *part = sn_state_dict_new();
  for (int64_t i = 0; i < dict->tensor_count; i++)
    if (!strstr(dict->tensors[i].name, "running_var"))
      sn_state_dict_add(part, dict->tensors[i].name, dict->tensors[i].tensor);
  assert_null(sn_model_load_foreign(part, "ckpt.pth", &settings, *state));
  assert_error("discriminator.body.block1.1.running_var");

  SnStateDict *flat = sn_state_dict_new();
  sn_state_dict_add(flat, "discriminator.tail.weight", sn_zeros(SN_FLOAT32, SN_SHAPE(16)));
  assert_null(sn_model_load_foreign(flat, "flat.pth", &settings, *state));
  assert_error("flat.pth: ");

  SnStateDict *wide = sn_state_dict_new();
  sn_state_dict_add(wide, "discriminator.tail.weight", sn_zeros(SN_FLOAT32, SN_SHAPE(1, 0)));
  assert_null(sn_model_load_foreign(wide, "wide.pth", &settings, *state));
  assert_error("wide.pth: --dimension");

  SnStateDict *backbone = sn_weights_read(*state);
  assert_null(sn_foreign_method(backbone));
  assert_true(sn_ok());
  assert_null(sn_model_load_foreign(backbone, "backbone.pth", &settings, *state));
  assert_error("backbone.pth: is not a model");
  sn_scope_close(scope);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_zip), cmocka_unit_test(test_legacy),
                                     cmocka_unit_test(test_refused)};
  return cmocka_run_group_tests(tests, write_backbone, remove_backbone);
}
