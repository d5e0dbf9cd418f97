/* SimpleNet's plans: the same scores as the eager forward on every backbone, and memory. Plans give patch scores here,
 * which maps and image scores tell less of, and the scorer's own plan is looked at beside them. */
#include "tests/support/test.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anomaly/local_features.h"
#include "anomaly/map.h"
#include "anomaly/scorer.h"
#include "autograd/ops.h"
#include "models/backbones/family.h"
#include "models/simplenet/simplenet.h"
#include "plan/planned.h"
#include "plan/steps.h"
#include "tests/support/comparison.h"
#include "tests/support/formula.h"
#include "tests/support/models.h"
#include "tests/support/slow.h"

static int count_of(const SnPlan *plan, int op) {
  int count = 0;
  for (int i = 0; i < plan->graph.node_count; i++) count += plan->graph.nodes[i].op == op;
  return count;
}

/* ---- memory ---- */

static void places_do_not_overlap(const SnPlan *plan) {
  int64_t least = 0;
  for (int step = 0; step < plan->graph.node_count; step++) {
    int64_t live = 0;
    for (int a = 0; a < plan->graph.value_count; a++) {
      const SnPlanPlace *p = &plan->places[a];
      if (p->first < 0 || p->first > step || p->last < step) continue;
      live += p->bytes;
      assert_true(p->offset % 64 == 0 && p->offset + p->bytes <= plan->summary.arena_bytes);
      for (int b = 0; b < a; b++) {
        const SnPlanPlace *q = &plan->places[b];
        if (q->first < 0 || q->first > step || q->last < step) continue;
        assert_true(p->offset + p->bytes <= q->offset || q->offset + q->bytes <= p->offset);
      }
    }
    if (live > least) least = live;
  }
  assert_true(plan->summary.arena_bytes >= least);
  assert_true(plan->summary.arena_bytes <= least + least / 4); /* what a good packing reaches on these networks */
}

/* Counts requests for memory while `counting`, whoever makes them; not under sanitizers, which count for themselves. */
static atomic_bool counting;
static atomic_llong allocations;
#if defined(__GLIBC__) && !SN_SANITIZED
#define COUNTS_ALLOCATIONS 1
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static void count_allocation(void) {
  if (atomic_load(&counting)) atomic_fetch_add(&allocations, 1);
}

void *malloc(size_t size) {
  count_allocation();
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  count_allocation();
  return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
  count_allocation();
  return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count_allocation();
  return __libc_memalign(alignment, size);
}
#else
#define COUNTS_ALLOCATIONS 0
#endif

/* ---- SimpleNet ---- */

typedef struct Case {
  const char *backbone, *preset;
  int64_t batch, height, width; /* of the crop */
} Case;

static SnSize crop_of(const Case *c) { return (SnSize){c->height, c->width}; }

static SnSettings settings_for(const Case *c) {
  SnSettings settings = test_settings(&sn_simplenet, c->preset);
  test_set(&settings, "backbone", c->backbone);
  settings.view.crop = settings.view.resize = crop_of(c);
  return settings;
}

static SnModel *new_model(const Case *c, SnDtype dtype) {
  SnSettings settings = settings_for(c);
  return test_model_by_formula(&settings, dtype);
}

static SnTensor *images_for(const Case *c, SnDtype dtype) {
  return formula_tensor("images", 2, 0, dtype, SN_SHAPE(c->batch, 3, crop_of(c).height, crop_of(c).width));
}

/* Forwards to plan: images -> patch scores; images -> levels; levels -> patch scores. */
static int patches_of_images(void *model, SnTensor *const *inputs, SnTensor **outputs) {
  outputs[0] = test_patches_of_images(model, inputs[0]);
  return 1;
}

static int levels_of_images(void *model, SnTensor *const *inputs, SnTensor **outputs) {
  return sn_feature_levels(model, inputs[0], outputs);
}

static int level_count;

static int patches_of_levels(void *memory, SnTensor *const *inputs, SnTensor **outputs) {
  SnModel *model = memory;
  outputs[0] = test_patches(model, sn_assemble_levels(&model->settings, level_count, inputs));
  return 1;
}

static SnTensor *planned_patches(SnPlanned *planned, SnTensor *images) {
  SnTensor *outputs[SN_PLAN_MAX_OUTPUTS];
  return sn_planned_run(planned, 1, &images, outputs) == 1 ? outputs[0] : NULL;
}

/* What a scorer gives of images of a case. */
typedef struct Scored {
  SnTensor *maps, *scores;
} Scored;

static Scored score(SnScorer *scorer, const Case *c, SnTensor *images) {
  int64_t count = images->array.shape[0], pixels = sn_size_pixels(crop_of(c));
  float *maps = sn_scope_allocate(count * pixels, sizeof *maps, NULL);
  float *scores = sn_scope_allocate(count, sizeof *scores, NULL);
  sn_scorer_run(scorer, 1, &images, maps, scores);
  expect_no_error();
  return (Scored){sn_from_host(SN_FLOAT32, SN_SHAPE(count, crop_of(c).height, crop_of(c).width), maps),
                  sn_from_host(SN_FLOAT32, SN_SHAPE(count), scores)};
}

/* The BatchNorms that are left have no convolution before them that they could join (DenseNet's come first). */
static void expect_folded_batch_norms(const SnPlanGraph *graph) {
  for (int i = 0; i < graph->node_count; i++)
    if (graph->nodes[i].op == SN_KERNEL_batch_norm)
      assert_true(sn_graph_linear_producer(graph, &graph->nodes[i].inputs[0]) < 0);
}

/* DenseNet's blocks append to what later layers read, and a ViT's tokens follow one of their own: that is copied. */
static bool appends(const char *backbone) {
  return strncmp(backbone, "densenet", 8) == 0 || strncmp(backbone, "vit", 3) == 0;
}

static void expect_sound_plan(const SnPlan *plan, const char *backbone) {
  places_do_not_overlap(plan);
  expect_folded_batch_norms(&plan->graph);
  if (!appends(backbone)) assert_int_equal(count_of(plan, SN_KERNEL_copy), 0);
}

static void expect_near(const Case *c, const char *what, const SnTensor *found, const SnTensor *expected,
                        double tolerance) {
  double d = tensor_distance(found, expected);
  if (!(d <= tolerance))
    fail_msg("%s, %s, batch %d, crop %d x %d, %s: relative distance %g, allowed is %g", c->backbone, c->preset,
             (int)c->batch, (int)c->height, (int)c->width, what, d, tolerance);
}

/* What the scorer gives is float32. */
static void expect_scorer(const Case *c, SnModel *model, SnTensor *images, SnTensor *patches, double tolerance) {
  SnScorer *scorer = sn_scorer_new(model, SN_SCORER_IMAGES);
  Scored found = score(scorer, c, images);
  SnTensor *maps = sn_anomaly_maps(&model->settings, patches);
  expect_near(c, "maps", found.maps, maps, tolerance);
  expect_near(c, "image scores", found.scores, sn_image_scores(&model->settings, patches, maps), tolerance);
  places_do_not_overlap(sn_scorer_plan(scorer));
}

static void expect_scores(const Case *c, SnDtype dtype, double tolerance) {
  SnScope *scope = sn_scope_open();
  SnModel *model = new_model(c, dtype);
  SnTensor *images = images_for(c, dtype);
  int64_t fallbacks = sn_fallback_count();
  SnPlanned *planned = sn_planned_new(patches_of_images, model);
  SnTensor *found = planned_patches(planned, images);
  expect_no_error();
  if (dtype == SN_FLOAT32) assert_int_equal(sn_fallback_count(), fallbacks);
  SnTensor *expected = test_patches_of_images(model, images);
  expect_near(c, "patch scores", found, expected, tolerance);
  expect_sound_plan(sn_planned_plan(planned), c->backbone);
  if (dtype == SN_FLOAT32) {
    fallbacks = sn_fallback_count();
    expect_scorer(c, model, images, expected, tolerance);
    assert_int_equal(sn_fallback_count(), fallbacks);
  }
  sn_scope_close(scope);
  sn_storage_trim();
}

/* The first, smallest network of every family, and the other kinds of ResNet. */
static void every_family(void **state) {
  (void)state;
  static const char *const further[] = {"resnet50", "wide_resnet50_2", "resnext50_32x4d", "embedded"};
  for (int i = 0, index; sn_backbone_name(i) && (i == 0 || !SN_SANITIZED); i++) { /* more takes minutes there */
    const char *name = sn_backbone_name(i);
    bool is_tried = sn_family_of(name, &index) && index == 0;
    for (int f = 0; f < 4; f++) is_tried = is_tried || strcmp(name, further[f]) == 0;
    if (!is_tried) continue;
    expect_scores(&(Case){name, "paper", 1, 67, 67}, SN_FLOAT32, 1e-4);
    expect_scores(&(Case){name, "official", 1, 48, 83}, SN_FLOAT32, 1e-4);
  }
}

static void every_batch_and_size(void **state) {
  (void)state;
  static const char *const presets[] = {"paper", "official"};
  static const int64_t batches[] = {1, 3, 8}, crops[] = {32, 45, 100};
  for (int p = 0; p < 2; p++)
    for (int b = 0; b < 3; b++) {
      expect_scores(&(Case){"resnet18", presets[p], batches[b], crops[b], crops[b]}, SN_FLOAT32, 1e-4);
      expect_scores(&(Case){"resnet18", presets[p], batches[b], 33, 33}, SN_FLOAT32, 1e-4);
    }
  expect_scores(&(Case){"resnet18", "paper", 3, 100, 32}, SN_FLOAT32, 1e-4);
  expect_scores(&(Case){"resnext50_32x4d", "paper", 3, 51, 51}, SN_FLOAT32, 1e-4);
  expect_scores(&(Case){"resnet50", "official", 8, 39, 39}, SN_FLOAT32, 1e-4);
}

static void whole_network_in_float64(void **state) {
  (void)state;
  SKIP_WHEN_SANITIZED("a network in float64");
  assert_true(sn_set_device("reference"));
  expect_scores(&(Case){"resnet18", "paper", 1, 32, 32}, SN_FLOAT64, 1e-9);
  expect_scores(&(Case){"resnet18", "official", 1, 32, 32}, SN_FLOAT64, 1e-9);
}

/* Settings beyond the presets: levels, neighbourhoods, deep heads, dimensions that do not divide. */
static void expect_variant(const char *preset, const char *levels, int64_t patch, int64_t dimension, int64_t adaptors,
                           int64_t discriminators) {
  SnScope *scope = sn_scope_open();
  Case c = {"resnet18", preset, 2, 40, 40};
  SnSettings settings = settings_for(&c);
  test_set(&settings, "levels", levels);
  settings.features.patch = patch;
  settings.features.dimension = dimension;
  SnSimpleNetSettings own = sn_simplenet_settings(&settings);
  own.adaptor_depth = adaptors;
  own.discriminator_depth = discriminators;
  sn_set_simplenet_settings(&settings, &own);
  SnModel *model = test_model_by_formula(&settings, SN_FLOAT32);
  SnTensor *images = images_for(&c, SN_FLOAT32);
  SnTensor *found = planned_patches(sn_planned_new(patches_of_images, model), images);
  expect_no_error();
  SnTensor *expected = test_patches_of_images(model, images);
  double d = tensor_distance(found, expected);
  if (!(d <= 1e-4)) fail_msg("%s, levels %s, patch %d: relative distance %g", preset, levels, (int)patch, d);
  expect_scorer(&c, model, images, expected, 1e-4);
  sn_scope_close(scope);
}

static void settings_of_all_kinds(void **state) {
  (void)state;
  expect_variant("paper", "1,2,3", 3, 1536, 1, 2);
  expect_variant("paper", "2", 5, 1536, 0, 1);
  expect_variant("paper", "3", 1, 1536, 2, 3);
  expect_variant("paper", "1,3", 1, 1536, 0, 2);
  expect_variant("official", "1,2,3", 3, 96, 1, 2);
  expect_variant("official", "2,3", 3, 77, 2, 2);
  expect_variant("official", "1,2,3", 5, 100, 0, 1);
  expect_variant("official", "3", 1, 64, 1, 3);
}

/* The levels of the features, and the head alone on them. */
static void levels_and_head(void **state) {
  (void)state;
  for (int p = 0; p < 2; p++) {
    Case c = {"resnet18", p == 0 ? "paper" : "official", 3, 64, 64};
    SnModel *model = new_model(&c, SN_FLOAT32);
    SnTensor *images = images_for(&c, SN_FLOAT32);
    SnTensor *levels[SN_PLAN_MAX_OUTPUTS], *expected[SN_MAX_LEVELS], *scores[SN_PLAN_MAX_OUTPUTS];
    int count = sn_planned_run(sn_planned_new(levels_of_images, model), 1, &images, levels);
    expect_no_error();
    assert_int_equal(count, sn_feature_levels(model, images, expected));
    for (int i = 0; i < count; i++) assert_true(tensor_distance(levels[i], expected[i]) <= 1e-4);
    for (int i = 0; i < count; i++) expected[i] = sn_to_contiguous(expected[i]);
    level_count = count;
    SnPlanned *head = sn_planned_new(patches_of_levels, model);
    assert_int_equal(sn_planned_run(head, count, expected, scores), 1);
    SnTensor *patches = test_patches(model, sn_assemble_levels(&model->settings, count, expected));
    assert_true(tensor_distance(scores[0], patches) <= 1e-4);
  }
}

static void same_bits_on_any_number_of_threads(void **state) {
  (void)state;
  Case c = {"resnet18", "paper", 3, 75, 75};
  SnModel *model = new_model(&c, SN_FLOAT32);
  SnTensor *images = images_for(&c, SN_FLOAT32), *first = NULL;
  Scored first_scored = {NULL, NULL};
  int usual = sn_device()->threads();
  for (int threads = 1; threads <= 3; threads++) {
    sn_device()->set_threads(threads);
    SnTensor *patches = planned_patches(sn_planned_new(patches_of_images, model), images);
    expect_no_error();
    Scored scored = score(sn_scorer_new(model, SN_SCORER_IMAGES), &c, images);
    if (!first) first = patches, first_scored = scored;
    assert_true(tensor_same_bits(first, patches));
    assert_true(tensor_same_bits(first_scored.maps, scored.maps));
    assert_true(tensor_same_bits(first_scored.scores, scored.scores));
  }
  sn_device()->set_threads(usual);
}

/* Of the patch scores' plan; with maps and scores, whose kernels take memory for a moment, no tensor is made anew. */
static void expect_steady_plan(SnPlan *plan, SnTensor *images, int64_t most_allocations) {
  SnTensor *poisoned[SN_PLAN_MAX_OUTPUTS], *outputs[SN_PLAN_MAX_OUTPUTS];
  int count = sn_plan_output_count(plan);
  for (int i = 0; i < count; i++) outputs[i] = sn_plan_new_output(plan, i);
  sn_plan_run(plan, &images, outputs);
  expect_no_error();
  int64_t requests = sn_storage_backend_requests(), bytes = sn_storage_bytes();
  atomic_store(&allocations, 0);
  atomic_store(&counting, true);
  for (int i = 0; i < 3 && sn_ok(); i++) sn_plan_run(plan, &images, outputs);
  atomic_store(&counting, false);
  expect_no_error();
  assert_int_equal(sn_storage_backend_requests(), requests);
  assert_int_equal(sn_storage_bytes(), bytes);
  assert_in_range(atomic_load(&allocations), 0, 3 * most_allocations);
  for (int i = 0; i < count; i++) poisoned[i] = sn_plan_new_output(plan, i);
  assert_true(sn_plan_run_poisoned(plan, &images, poisoned));
  for (int i = 0; i < count; i++) assert_true(tensor_same_bits(outputs[i], poisoned[i]));
}

static void steady_state_allocates_nothing(void **state) {
  (void)state;
  enum { OF_BLUR_AND_MAXIMUM = 3 };
  for (int p = 0; p < 2; p++) {
    Case c = {"resnet18", p == 0 ? "paper" : "official", 2, 64, 64};
    SnModel *model = new_model(&c, SN_FLOAT32);
    SnTensor *images = images_for(&c, SN_FLOAT32);
    SnPlanned *planned = sn_planned_new(patches_of_images, model);
    SnScorer *scorer = sn_scorer_new(model, SN_SCORER_IMAGES);
    planned_patches(planned, images);
    score(scorer, &c, images);
    expect_steady_plan(sn_planned_plan(planned), images, 0);
    expect_steady_plan(sn_scorer_plan(scorer), images, OF_BLUR_AND_MAXIMUM);
  }
  if (!COUNTS_ALLOCATIONS) printf("skip: calls of malloc are not counted in this build\n");
}

/* Training that goes on does not reach a plan, and inputs of another shape get a plan of their own. */
static void a_plan_is_a_snapshot(void **state) {
  (void)state;
  Case c = {"resnet18", "paper", 2, 40, 40}, single = {"resnet18", "paper", 1, 40, 40};
  SnModel *model = new_model(&c, SN_FLOAT32);
  SnTensor *images = images_for(&c, SN_FLOAT32), *one = images_for(&single, SN_FLOAT32);
  SnPlanned *planned = sn_planned_new(patches_of_images, model);
  SnScorer *scorer = sn_scorer_new(model, SN_SCORER_IMAGES);
  SnTensor *before = planned_patches(planned, images);
  Scored scored = score(scorer, &c, images);
  SnTensor *parameters[256];
  int64_t count = sn_module_parameters(&model->head, 256, parameters);
  for (int64_t i = 0; i < count; i++) sn_fill(parameters[i], 0.25);
  count = sn_module_parameters(&model->backbone->module, 256, parameters);
  for (int64_t i = 0; i < count; i++) sn_fill(parameters[i], 0.25);
  assert_true(tensor_same_bits(before, planned_patches(planned, images)));
  assert_true(tensor_same_bits(scored.maps, score(scorer, &c, images).maps));
  SnTensor *other = planned_patches(planned, one); /* made anew: from the weights of now */
  expect_no_error();
  SnTensor *eager = test_patches_of_images(model, one);
  assert_true(tensor_distance(other, eager) <= 1e-4);
  assert_true(tensor_distance(score(scorer, &single, one).maps, sn_anomaly_maps(&model->settings, eager)) <= 1e-4);
}

static int64_t bytes_of(const SnModule *module) {
  SnStateDict *state = sn_state_dict_new();
  int64_t bytes = 0;
  assert_true(sn_module_state(module, "", state));
  for (int64_t i = 0; i < state->tensor_count; i++)
    bytes += sn_count(state->tensors[i].tensor) * (int64_t)sizeof(float);
  return bytes;
}

/* A scorer that consumes the weights gives the same bits, also for fewer images; then only the plan is left. */
static void weights_are_consumed(void **state) {
  (void)state;
  Case c = {"resnet18", "paper", 3, 64, 64};
  SnModel *model = new_model(&c, SN_FLOAT32);
  SnBackbone *backbone = model->backbone;
  SnTensor *images = images_for(&c, SN_FLOAT32);
  SnScope *scope = sn_scope_open();
  Scored expected = score(sn_scorer_new(model, SN_SCORER_IMAGES), &c, images);
  sn_keep(expected.maps);
  sn_keep(expected.scores);
  sn_scope_close(scope);
  int64_t before = sn_storage_bytes(), weights = bytes_of(&backbone->module);
  SnScorer *scorer = sn_scorer_consume(model, 3);
  expect_no_error();
  assert_int_equal(bytes_of(&backbone->module), 0);
  SnPlanSummary plan = sn_plan_summary(sn_scorer_plan(scorer));
  assert_true(sn_storage_bytes() - before <= plan.constant_bytes * 5 / 4 + plan.arena_bytes * 5 / 4 - weights);
  Scored all = score(scorer, &c, images), two = score(scorer, &c, sn_narrow(images, 0, 1, 2));
  assert_true(tensor_same_bits(all.maps, expected.maps) && tensor_same_bits(all.scores, expected.scores));
  assert_true(tensor_same_bits(two.maps, sn_to_contiguous(sn_narrow(expected.maps, 0, 1, 2))));
  assert_true(tensor_same_bits(two.scores, sn_to_contiguous(sn_narrow(expected.scores, 0, 1, 2))));

  SnTensor *levels[SN_MAX_LEVELS], *four = sn_zeros(SN_FLOAT32, SN_SHAPE(4, 3, 64, 64));
  assert_false(sn_backbone_forward(backbone, images, levels));
  assert_string_equal(sn_error(), "resnet18: its weights have been released, so nothing can be computed by them");
  sn_clear_error();
  static float maps[4 * 64 * 64], scores[4];
  assert_false(sn_scorer_run(scorer, 1, &four, maps, scores));
  assert_non_null(strstr(sn_error(), "have been released"));
  sn_clear_error();
  assert_true(tensor_same_bits(score(scorer, &c, images).maps, expected.maps)); /* and it goes on working */
}

/* The counts that docs/plan.md tells: the head as written, and as planned. */
static void counts_of_the_head(void **state) {
  (void)state;
  static const struct {
    const char *backbone;
    int64_t written, planned; /* multiply-accumulates of the head */
  } counts[] = {
      {"wide_resnet50_2", 784LL * (1536 * 1536 + 1536 * 1024 + 1024), 1024 * (784LL * 512 + 196LL * 1024 + 784)},
      {"resnet18", 784LL * (384 * 384 + 384 * 1024 + 1024), 1024 * (784LL * 128 + 196LL * 256 + 784)}};
  for (int i = 0; i < 2; i++) {
    SnScope *scope = sn_scope_open();
    Case c = {counts[i].backbone, "paper", 1, 224, 224};
    SnModel *model = new_model(&c, SN_FLOAT32);
    SnTensor *images = images_for(&c, SN_FLOAT32), *outputs[SN_PLAN_MAX_OUTPUTS];
    SnPlanned *whole = sn_planned_new(patches_of_images, model), *levels = sn_planned_new(levels_of_images, model);
    sn_planned_run(whole, 1, &images, outputs);
    sn_planned_run(levels, 1, &images, outputs);
    expect_no_error();
    SnPlanSummary all = sn_plan_summary(sn_planned_plan(whole)), backbone = sn_plan_summary(sn_planned_plan(levels));
    assert_int_equal(all.written.macs - backbone.written.macs, counts[i].written);
    assert_int_equal(all.planned.macs - backbone.planned.macs, counts[i].planned);
    sn_scope_close(scope);
    sn_storage_trim();
  }
}

static void printing(void **state) {
  (void)state;
  Case c = {"resnet18", "official", 1, 40, 40};
  SnModel *model = new_model(&c, SN_FLOAT32);
  SnScorer *scorer = sn_scorer_new(model, SN_SCORER_IMAGES);
  SnTensor *images = images_for(&c, SN_FLOAT32), *outputs[SN_PLAN_MAX_OUTPUTS];
  score(scorer, &c, images);
  SnPlan *plan = sn_scorer_plan(scorer);
  for (int i = 0; i < sn_plan_output_count(plan); i++) outputs[i] = sn_plan_new_output(plan, i);
  double *seconds = test_malloc((size_t)sn_plan_summary(plan).planned.steps * sizeof *seconds);
  assert_true(sn_plan_profile(plan, &images, outputs, 3, seconds));
  char *text = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&text, &size);
  sn_plan_print(plan, stream, seconds);
  fclose(stream);
  static const char *const expected[] = {"conv2d 7x7 /2 + relu",
                                         "[1, 3, 40, 40] -> [1, 64, 20, 20]",
                                         "residual",
                                         "leaky_relu",
                                         "groups",
                                         "as written",
                                         "planned",
                                         "memory",
                                         "GFLOP/s"};
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
    if (!strstr(text, expected[i])) fail_msg("'%s' is not in:\n%s", expected[i], text);
  free(text);
  test_free(seconds);
}

static SnScope *test_scope;

static int on_cpu(void **state) {
  (void)state;
  sn_clear_error();
  test_scope = sn_scope_open();
  return sn_set_device("cpu") ? 0 : -1;
}

static int finish(void **state) {
  (void)state;
  sn_clear_error();
  sn_scope_close(test_scope);
  sn_storage_trim();
  return 0;
}

#define CPU(test) cmocka_unit_test_setup_teardown(test, on_cpu, finish)

int main(void) {
  static const struct CMUnitTest tests[] = {
      CPU(every_family),
      CPU(every_batch_and_size),
      CPU(whole_network_in_float64),
      CPU(settings_of_all_kinds),
      CPU(levels_and_head),
      CPU(same_bits_on_any_number_of_threads),
      CPU(steady_state_allocates_nothing),
      CPU(a_plan_is_a_snapshot),
      CPU(weights_are_consumed),
      CPU(counts_of_the_head),
      CPU(printing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
