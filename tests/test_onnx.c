/* ONNX models: their bytes, read back by a decoder of the tests' own, and what becomes of which operation. Whether
 * other runtimes compute the same is asked by tests/oracle/onnx_runtimes.py. */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "anomaly/onnx_detector.h"
#include "autograd/ops.h"
#include "base/file.h"
#include "base/version.h"
#include "models/backbones/family.h"
#include "onnx/operations.h"
#include "onnx/protobuf.h"
#include "onnx/translate.h"
#include "tests/support/comparison.h"
#include "tests/support/models.h"
#include "tests/support/op_cases.h"
#include "tests/support/protobuf.h"
#include "tests/support/scope.h"
#include "tests/support/state_dicts.h"

static char folder[] = "/tmp/test_onnx.XXXXXX", path[sizeof folder + 16];

/* Fields of onnx.proto. */
enum { MODEL_IR = 1, MODEL_PRODUCER = 2, MODEL_GRAPH = 7, MODEL_OPSET = 8, MODEL_TEXT = 14 };
enum { GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_TENSOR = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_TYPE = 4, NODE_ATTRIBUTE = 5 };
enum { TENSOR_DIM = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_RAW = 9 };

/* ---- reading back ---- */

typedef struct Model {
  SnBytes file;
  ProtoBytes model, graph;
} Model;

static Model read_model(void) {
  Model model;
  assert_true(sn_file_read(path, 1 << 28, &model.file));
  model.model = (ProtoBytes){model.file.data, model.file.size};
  model.graph = proto_message(model.model, MODEL_GRAPH, 0);
  return model;
}

static void close_model(Model *model) {
  sn_bytes_free(&model->file);
  sn_file_remove(path);
}

/* Node number `index` of that type. */
static ProtoBytes node_of(const Model *model, const char *type, int index) {
  for (int i = 0; i < proto_count(model->graph, GRAPH_NODE); i++) {
    ProtoBytes node = proto_message(model->graph, GRAPH_NODE, i);
    if (proto_is_text(proto_message(node, NODE_TYPE, 0), type) && index-- == 0) return node;
  }
  fail_msg("no node of the type %s", type);
  return (ProtoBytes){0};
}

static int count_nodes(const Model *model, const char *type) {
  int count = 0;
  for (int i = 0; i < proto_count(model->graph, GRAPH_NODE); i++)
    count += proto_is_text(proto_message(proto_message(model->graph, GRAPH_NODE, i), NODE_TYPE, 0), type);
  return count;
}

/* The tensor of that name; without a size when there is none. */
static ProtoBytes tensor_of(const Model *model, ProtoBytes name) {
  for (int i = 0; i < proto_count(model->graph, GRAPH_TENSOR); i++) {
    ProtoBytes tensor = proto_message(model->graph, GRAPH_TENSOR, i), found = proto_message(tensor, TENSOR_NAME, 0);
    if (found.size == name.size && memcmp(found.bytes, name.bytes, name.size) == 0) return tensor;
  }
  return (ProtoBytes){0};
}

/* Of any alignment. */
static const void *numbers_of(ProtoBytes tensor) {
  assert_int_equal(proto_integer(tensor, TENSOR_TYPE, 0), SN_ONNX_FLOAT);
  return proto_message(tensor, TENSOR_RAW, 0).bytes;
}

static double number_at(const void *numbers, int64_t i) {
  float number;
  memcpy(&number, (const char *)numbers + i * (int64_t)sizeof number, sizeof number);
  return (double)number;
}

/* ---- the bytes ---- */

static void assert_bytes(SnProto *message, const char *expected, size_t size) {
  expect_no_error();
  assert_int_equal(message->size, size);
  assert_memory_equal(message->bytes, expected, size);
  sn_proto_free(message);
}

/* The examples of the encoding's documentation, and what they leave out. */
static void test_messages_are_encoded_as_specified(void **state) {
  (void)state;
  SnProto message = {0}, inner = {0};
  sn_proto_integer(&message, 1, 150);
  assert_bytes(&message, "\x08\x96\x01", 3);
  sn_proto_text(&message, 2, "testing");
  assert_bytes(&message, "\x12\x07testing", 9);
  sn_proto_integer(&inner, 1, 150);
  sn_proto_message(&message, 3, &inner);
  assert_null(inner.bytes);
  assert_bytes(&message, "\x1a\x03\x08\x96\x01", 5);
  sn_proto_integer(&message, 1, 0);
  assert_bytes(&message, "\x08\x00", 2);
  sn_proto_integer(&message, 16, -1);
  assert_bytes(&message, "\x80\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12);
  sn_proto_float(&message, 2, 1.5F);
  assert_bytes(&message, "\x15\x00\x00\xc0\x3f", 5);
  sn_proto_announce(&message, 9, 300);
  assert_bytes(&message, "\x4a\xac\x02", 3);
}

static void test_a_model_holds_what_was_added(void **state) {
  (void)state;
  const float numbers[] = {1, 2, 3, 4, 5, 6};
  SnTensor *matrix = sn_from_host(SN_FLOAT32, SN_SHAPE(2, 3), numbers);
  SnOnnx *onnx = sn_onnx_new("small");
  const char *x = sn_onnx_input(onnx, "x", SN_ONNX_FLOAT, SN_SHAPE(-1, 2));
  const char *turned = sn_onnx_tensor(onnx, "turned", sn_permute(matrix, SN_DIMS(1, 0)));
  const char *y = sn_onnx_node(onnx, "Gemm", SN_ONNX_NAMES(x, turned, NULL),
                               SN_ONNX_WITH(sn_onnx_int("transB", 1), sn_onnx_real("alpha", 0.5),
                                            sn_onnx_ints("of no use", 3, (int64_t[]){7, -1, 1 << 20})));
  const char *results[2];
  sn_onnx_node_of_many(onnx, "TopK", SN_ONNX_NAMES(y, sn_onnx_numbers(onnx, 1, (int64_t[]){2})), SN_ONNX_PLAIN, 2,
                       results);
  sn_onnx_node(onnx, "Clip", SN_ONNX_NAMES(y, NULL, sn_onnx_number(onnx, 0.25)), SN_ONNX_PLAIN);
  sn_onnx_output(onnx, "largest", results[1], SN_ONNX_INT64, SN_SHAPE(-1, 2));
  sn_onnx_text(onnx, "made of", "a test");
  assert_true(sn_onnx_write(onnx, path));
  Model model = read_model();
  assert_int_equal(proto_integer(model.model, MODEL_IR, 0), 8);
  assert_true(proto_is_text(proto_message(model.model, MODEL_PRODUCER, 0), SN_PROGRAM));
  assert_int_equal(proto_integer(proto_message(model.model, MODEL_OPSET, 0), 2, 0), 17);
  ProtoBytes text = proto_message(model.model, MODEL_TEXT, 0);
  assert_true(proto_is_text(proto_message(text, 1, 0), "made of") &&
              proto_is_text(proto_message(text, 2, 0), "a test"));
  assert_true(proto_is_text(proto_message(model.graph, GRAPH_NAME, 0), "small"));

  /* A tensor is written row by row, whatever its strides. */
  ProtoBytes tensor = proto_message(model.graph, GRAPH_TENSOR, 0), raw = proto_message(tensor, TENSOR_RAW, 0);
  assert_int_equal(proto_integer(tensor, TENSOR_DIM, 0), 3);
  assert_int_equal(proto_integer(tensor, TENSOR_DIM, 1), 2);
  assert_int_equal(raw.size, 6 * sizeof(float));
  assert_memory_equal(raw.bytes, ((float[]){1, 4, 2, 5, 3, 6}), raw.size);

  /* Absent inputs at the end are left out, others have no name. */
  ProtoBytes gemm = node_of(&model, "Gemm", 0), clip = node_of(&model, "Clip", 0), topk = node_of(&model, "TopK", 0);
  assert_int_equal(proto_count(gemm, NODE_INPUT), 2);
  assert_int_equal(proto_count(clip, NODE_INPUT), 3);
  assert_int_equal(proto_message(clip, NODE_INPUT, 1).size, 0);
  assert_int_equal(proto_count(topk, NODE_OUTPUT), 2);
  ProtoBytes attributes[3];
  for (int i = 0; i < 3; i++) attributes[i] = proto_message(gemm, NODE_ATTRIBUTE, i);
  assert_true(proto_is_text(proto_message(attributes[0], 1, 0), "transB"));
  assert_int_equal(proto_integer(attributes[0], 3, 0), 1);
  assert_int_equal(proto_integer(attributes[0], 20, 0), 2);
  assert_true(proto_float(attributes[1], 2) == 0.5F);
  assert_int_equal(proto_integer(attributes[1], 20, 0), 1);
  assert_int_equal(proto_count(attributes[2], 8), 3);
  assert_int_equal(proto_integer(attributes[2], 8, 1), -1);
  assert_int_equal(proto_integer(attributes[2], 20, 0), 7);

  /* [batch, 2] */
  ProtoBytes output = proto_message(model.graph, GRAPH_OUTPUT, 0);
  assert_true(proto_is_text(proto_message(output, 1, 0), "largest"));
  ProtoBytes type = proto_message(proto_message(output, 2, 0), 1, 0), shape = proto_message(type, 2, 0);
  assert_int_equal(proto_integer(type, 1, 0), SN_ONNX_INT64);
  assert_true(proto_is_text(proto_message(proto_message(shape, 1, 0), 2, 0), "batch"));
  assert_int_equal(proto_integer(proto_message(shape, 1, 1), 1, 0), 2);
  close_model(&model);
}

/* One number repeated: it takes no memory here, and 4 GB in a file. */
static void test_two_gigabytes_are_refused(void **state) {
  (void)state;
  SnOnnx *onnx = sn_onnx_new("large");
  SnTensor *number = sn_full(SN_FLOAT32, 1, SN_SHAPE(1));
  sn_onnx_tensor(onnx, NULL, sn_expand(number, SN_SHAPE(1 << 30)));
  assert_false(sn_onnx_write(onnx, path));
  assert_error("would take 4294 MB, and an ONNX file holds at most 2147");
  assert_false(sn_is_file(path));
}

static void test_other_numbers_are_refused(void **state) {
  (void)state;
  assert_null(sn_onnx_tensor(sn_onnx_new("wide"), NULL, sn_scalar(SN_FLOAT64, 1)));
  assert_error("holds no float64");
}

/* ---- operations ---- */

/* What a trace takes has a translation: every operation that is not of training. */
static void test_every_operation_is_translated(void **state) {
  (void)state;
  int traced = 0;
  for (int c = 0; c < op_case_count; c++) {
    SnScope *scope = sn_scope_open();
    SnTensor *inputs[SN_MAX_INPUTS] = {NULL};
    for (int i = 0; i < op_case_inputs(&op_cases[c]); i++)
      if ((inputs[i] = op_case_input(&op_cases[c], i, SN_FLOAT32, OP_CONTIGUOUS))) inputs[i] = sn_detach(inputs[i]);
    SnTrace *trace = sn_trace_begin();
    op_cases[c].run(inputs, SN_FLOAT32);
    if (sn_trace_end(trace)) traced++;
    for (int64_t i = 0; i < trace->count; i++)
      if (!sn_onnx_operation(trace->records[i].op->name)) fail_msg("%s has no translation", trace->records[i].op->name);
    sn_trace_free(trace);
    sn_clear_error();
    sn_scope_close(scope);
  }
  assert_true(traced > 200);
}

/* The eager forward of a backbone; context: the backbone. */
static int backbone_forward(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  SnBackbone *backbone = context;
  SnTensor *levels[SN_MAX_LEVELS];
  if (!sn_backbone_forward(backbone, inputs[0], levels)) return 0;
  for (int i = 0; i < backbone->levels.count; i++) outputs[i] = levels[i];
  return (int)backbone->levels.count;
}

/* Of all families; its memory is not touched. */
static void test_every_backbone_is_translated(void **state) {
  (void)state;
  const char *name;
  for (int b = 0; (name = sn_backbone_name(b)); b++) {
    SnScope *scope = sn_scope_open();
    SnLevels levels = sn_backbone_usual_levels(name);
    SnBackbone *backbone = sn_backbone_new(name, &levels, NULL);
    SnOnnx *onnx = sn_onnx_new(name);
    const char *results[SN_PLAN_MAX_OUTPUTS], *x = sn_onnx_input(onnx, "x", SN_ONNX_FLOAT, SN_SHAPE(-1, 3, 112, 224));
    SnStateDict *weights = sn_state_dict_new();
    int count = sn_onnx_translate(onnx, weights, backbone_forward, backbone, x, SN_SHAPE(-1, 3, 112, 224), results);
    if (count != levels.count) fail_msg("%s: %s", name, sn_error());
    sn_scope_close(scope);
  }
}

/* ---- what cannot be ---- */

typedef int (*Forward)(void *context, SnTensor *const *inputs, SnTensor **outputs);

static void assert_not_translated(Forward forward, const char *message) {
  SnOnnx *onnx = sn_onnx_new("none");
  const char *results[SN_PLAN_MAX_OUTPUTS], *x = sn_onnx_input(onnx, "x", SN_ONNX_FLOAT, SN_SHAPE(-1, 4));
  assert_int_equal(sn_onnx_translate(onnx, sn_state_dict_new(), forward, NULL, x, SN_SHAPE(-1, 4), results), 0);
  assert_error(message);
}

static int unknown_operation(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  static const SnOp op = {"mystery", SN_OP_ELEMENTWISE, SN_KERNEL_relu, NULL};
  (void)context;
  outputs[0] = sn_empty_like(inputs[0]);
  outputs[0] = sn_apply(&op, 1, inputs, 1, outputs, NULL);
  return 1;
}

static int part_of_the_batch(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  outputs[0] = sn_narrow(inputs[0], 0, 1, inputs[0]->array.shape[0] - 1);
  return 1;
}

static int more_for_more_images(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  outputs[0] = inputs[0];
  for (int64_t i = 0; i < inputs[0]->array.shape[0]; i++) outputs[0] = sn_relu(outputs[0]);
  return 1;
}

static int batch_twice(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  int64_t n = inputs[0]->array.shape[0];
  SnTensor *wide = sn_expand(sn_reshape(inputs[0], SN_SHAPE(n, 1, 4)), SN_SHAPE(n, n, 4));
  outputs[0] = sn_relu(wide);
  return 1;
}

static int unrecorded_view(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context;
  outputs[0] = sn_relu(sn_view(inputs[0], 1, (int64_t[]){2}, (int64_t[]){1}, 1));
  return 1;
}

static int nothing(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  (void)context, (void)inputs, (void)outputs;
  return 0;
}

static void test_what_cannot_be_is_an_error(void **state) {
  (void)state;
  assert_not_translated(unknown_operation, "the operation mystery has no translation to ONNX");
  assert_not_translated(part_of_the_batch, "a part of the batch");
  assert_not_translated(more_for_more_images, "depends on how many images there are");
  assert_not_translated(batch_twice, "several sizes grow with the batch");
  assert_not_translated(unrecorded_view, "a view [2] that no operation made");
  assert_not_translated(nothing, "a forward with 0 outputs");
}

/* ---- resampling: A x B by the matrices in the file is what the operation gives ---- */

enum { ROWS = 6, COLUMNS = 9 };

static SnTensor *bilinear(SnTensor *x) { return sn_interpolate_bilinear(x, 13, 8); }
static SnTensor *nearest(SnTensor *x) { return sn_interpolate_nearest(x, 4, 14); }
static SnTensor *blurred(SnTensor *x) { return sn_gaussian_blur2d(x, 1.7); }
static SnTensor *averaged(SnTensor *x) { return sn_adaptive_avg_pool2d(x, 4, 5); }
static SnTensor *bicubic(SnTensor *x) {
  return sn_interpolate_bicubic(x, 4, 11, (SnBicubic){.scale = {0.7, 1.25}, .antialias = true});
}

static int resampled(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  outputs[0] = (*(SnTensor * (**)(SnTensor *)) context)(inputs[0]);
  return 1;
}

static void assert_resampling(SnTensor *(*run)(SnTensor *)) {
  SnOnnx *onnx = sn_onnx_new("resampling");
  const char *results[SN_PLAN_MAX_OUTPUTS];
  const char *name = sn_onnx_input(onnx, "x", SN_ONNX_FLOAT, SN_SHAPE(-1, 1, ROWS, COLUMNS));
  assert_int_equal(
      sn_onnx_translate(onnx, sn_state_dict_new(), resampled, &run, name, SN_SHAPE(-1, 1, ROWS, COLUMNS), results), 1);
  assert_true(sn_onnx_write(onnx, path));
  Model model = read_model();
  SnTensor *x = sn_normal(SN_FLOAT32, SN_SHAPE(1, 1, ROWS, COLUMNS), 0, 1, sn_random(1, SN_STREAM_DATA, 0));
  SnTensor *y = run(x);
  const float *from = sn_float_data(x), *expected = sn_float_data(y);
  ProtoBytes left = tensor_of(&model, proto_message(node_of(&model, "MatMul", 0), NODE_INPUT, 0));
  ProtoBytes right = tensor_of(&model, proto_message(node_of(&model, "MatMul", 1), NODE_INPUT, 1));
  const void *a = numbers_of(left), *b = numbers_of(right);
  int64_t rows = y->array.shape[2], columns = y->array.shape[3];
  assert_int_equal(proto_integer(left, TENSOR_DIM, 0), rows);
  assert_int_equal(proto_integer(right, TENSOR_DIM, 1), columns);
  for (int64_t r = 0; r < rows; r++)
    for (int64_t c = 0; c < columns; c++) {
      double sum = 0;
      for (int64_t i = 0; i < ROWS; i++)
        for (int64_t j = 0; j < COLUMNS; j++)
          sum += number_at(a, r * ROWS + i) * (double)from[i * COLUMNS + j] * number_at(b, j * columns + c);
      assert_true(fabs(sum - (double)expected[r * columns + c]) < 1e-6);
    }
  close_model(&model);
}

static void test_resampling_is_two_products(void **state) {
  (void)state;
  assert_resampling(bilinear);
  assert_resampling(nearest);
  assert_resampling(bicubic);
  assert_resampling(blurred);
  assert_resampling(averaged);
}

/* ---- constants ---- */

/* A weight used twice as it is, once turned, and once in part. */
static int uses_weight(void *context, SnTensor *const *inputs, SnTensor **outputs) {
  SnTensor *weight = context, *x = sn_linear(sn_linear(inputs[0], weight, NULL), weight, NULL);
  x = sn_matmul(x, sn_permute(weight, SN_DIMS(1, 0)));
  outputs[0] = sn_add(x, sn_reshape(sn_narrow(weight, 0, 1, 1), SN_SHAPE(4)));
  return 1;
}

static void test_weights_keep_their_names(void **state) {
  (void)state;
  SnOnnx *onnx = sn_onnx_new("weights");
  SnStateDict *weights = sn_state_dict_new();
  SnTensor *weight = sn_normal(SN_FLOAT32, SN_SHAPE(4, 4), 0, 1, sn_random(1, SN_STREAM_DATA, 0));
  sn_state_dict_add(weights, "fc.weight", weight);
  const char *results[SN_PLAN_MAX_OUTPUTS], *x = sn_onnx_input(onnx, "x", SN_ONNX_FLOAT, SN_SHAPE(-1, 4));
  sn_onnx_translate(onnx, weights, uses_weight, weight, x, SN_SHAPE(-1, 4), results);
  assert_true(sn_onnx_write(onnx, path));
  Model model = read_model();
  assert_int_equal(proto_count(model.graph, GRAPH_NODE), 4);
  assert_int_equal(proto_count(model.graph, GRAPH_TENSOR), 3);
  const char *names[] = {"fc.weight", "fc.weight.1", "fc.weight.2"};
  for (int i = 0; i < 3; i++)
    assert_true(proto_is_text(proto_message(proto_message(model.graph, GRAPH_TENSOR, i), TENSOR_NAME, 0), names[i]));
  close_model(&model);
}

/* ---- detectors ---- */

static Model detector(const SnCalibration *calibration) {
  SnSettings settings = test_settings(sn_baseline_method, NULL);
  test_set(&settings, "resize", "32x48");
  test_set(&settings, "crop", "32x48");
  SnModel *model = sn_model_new(&settings, NULL);
  expect_no_error();
  model->calibration = *calibration;
  model->provenance.exported = "today";
  assert_true(sn_detector_write_onnx(model, (SnSize){0, 0}, path));
  return read_model();
}

static void test_outputs_are_what_the_detector_can_say(void **state) {
  (void)state;
  static const char *const names[] = {"map", "score", "normalised", "defective"};
  SnCalibration none = sn_no_calibration(), labels = none, calibrated = none;
  labels.image_threshold = 0.5;
  calibrated.false_alarms =
      (SnFalseAlarms){.rate = 0.1, .photographs = 20, .alarms = 1, .threshold = 0.5, .scale = 0.25};
  const SnCalibration *all[] = {&none, &labels, &calibrated};
  for (int c = 0; c < 3; c++) {
    Model model = detector(all[c]);
    assert_int_equal(proto_count(model.graph, GRAPH_OUTPUT), 2 + c);
    for (int i = 0; i < 2 + c; i++) {
      int name = c == 1 && i == 2 ? 3 : i; /* no normalised score by labels */
      assert_true(proto_is_text(proto_message(proto_message(model.graph, GRAPH_OUTPUT, i), 1, 0), names[name]));
    }
    for (int i = 0; i < proto_count(model.model, MODEL_TEXT); i++)
      assert_false(proto_is_text(proto_message(proto_message(model.model, MODEL_TEXT, i), 1, 0), "exported"));
    close_model(&model);
  }
}

/* A score is a float: at or above the threshold's number exactly when it is at or above the float in the model. */
static void test_a_threshold_is_rounded_up(void **state) {
  (void)state;
  const double thresholds[] = {0.5, 0.1, 0.3, 0.7, -0.7, 5.011948159751892, 1e-46};
  for (size_t i = 0; i < sizeof thresholds / sizeof *thresholds; i++) {
    SnCalibration calibration = sn_no_calibration();
    calibration.image_threshold = thresholds[i];
    Model model = detector(&calibration);
    ProtoBytes node = node_of(&model, "GreaterOrEqual", 0);
    float threshold = (float)number_at(numbers_of(tensor_of(&model, proto_message(node, NODE_INPUT, 1))), 0);
    assert_true((double)threshold >= thresholds[i]);
    assert_true((double)nextafterf(threshold, -INFINITY) < thresholds[i]);
    close_model(&model);
  }
}

/* ---- photographs: the digits of the weights, put together again, are Pillow's ---- */

static void test_digits_are_the_weights(void **state) {
  (void)state;
  const int64_t sides[] = {300, 900, 4000}; /* of 2, 3 and 4 digits */
  for (int s = 0; s < 3; s++) {
    SnSettings settings = test_settings(sn_baseline_method, NULL);
    test_set(&settings, "resize", "64");
    test_set(&settings, "crop", "48x64");
    SnModel *detector = sn_model_new(&settings, NULL);
    expect_no_error();
    assert_true(sn_detector_write_onnx(detector, (SnSize){sides[s], sides[s]}, path));
    Model model = read_model();
    SnResizeTaps taps = {0};
    assert_true(sn_resize_taps(sides[s], 64, 0, 64, &taps));
    int digits = count_nodes(&model, "Floor") / 2;
    double sums[64] = {0}, largest = 0;
    for (int64_t o = 0; o < 64; o++)
      for (int64_t i = 0; i < taps.count[o]; i++) {
        double weight = 0, unit = 1;
        for (int d = 0; d < digits; d++) {
          ProtoBytes matrix = tensor_of(&model, proto_message(node_of(&model, "MatMul", d), NODE_INPUT, 1));
          double digit = number_at(numbers_of(matrix), (taps.first[o] + i) * 64 + o);
          weight += digit * unit;
          sums[o] += 255 * digit;
          unit *= ldexp(1, d + 1 < digits ? 15 - (int)ceil(log2((double)taps.size)) : 0);
        }
        assert_true(weight == (double)taps.weights[o * taps.size + i]);
      }
    for (int64_t o = 0; o < 64; o++) largest = fmax(largest, sums[o]);
    assert_true(largest < ldexp(1, 24)); /* of all digits together, so of each */
    sn_resize_taps_free(&taps);
    close_model(&model);
  }
}

int main(void) {
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_scope, close_scope)
  const struct CMUnitTest tests[] = {
      TEST(test_messages_are_encoded_as_specified), TEST(test_a_model_holds_what_was_added),
      TEST(test_two_gigabytes_are_refused),         TEST(test_other_numbers_are_refused),
      TEST(test_every_operation_is_translated),     TEST(test_every_backbone_is_translated),
      TEST(test_what_cannot_be_is_an_error),        TEST(test_resampling_is_two_products),
      TEST(test_weights_keep_their_names),          TEST(test_outputs_are_what_the_detector_can_say),
      TEST(test_a_threshold_is_rounded_up),         TEST(test_digits_are_the_weights),
  };
  if (!mkdtemp(folder)) return 1;
  snprintf(path, sizeof path, "%s/model.onnx", folder);
  int failures = cmocka_run_group_tests(tests, NULL, NULL);
  rmdir(folder);
  return failures;
}
