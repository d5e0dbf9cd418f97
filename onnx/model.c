#include "onnx/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/version.h"
#include "onnx/protobuf.h"

/* Fields of the messages of onnx.proto. */
enum { MODEL_IR = 1, MODEL_PRODUCER, MODEL_PRODUCER_VERSION, MODEL_GRAPH = 7, MODEL_OPSET = 8, MODEL_METADATA = 14 };
enum { OPSET_VERSION = 2 };
enum { ENTRY_KEY = 1, ENTRY_VALUE };
enum { GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_TENSOR = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };
enum { NODE_INPUT = 1, NODE_OUTPUT, NODE_NAME, NODE_TYPE, NODE_ATTRIBUTE };
enum { ATTRIBUTE_NAME = 1, ATTRIBUTE_FLOAT, ATTRIBUTE_INT, ATTRIBUTE_INTS = 8, ATTRIBUTE_KIND = 20 };
enum { KIND_FLOAT = 1, KIND_INT = 2, KIND_INTS = 7 };
enum { TENSOR_DIM = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_RAW = 9 };
enum { VALUE_NAME = 1, VALUE_TYPE = 2, TYPE_TENSOR = 1, TYPE_ELEMENT = 1, TYPE_SHAPE = 2 };
enum { SHAPE_DIM = 1, DIM_VALUE = 1, DIM_NAME = 2 };

enum { IR_VERSION = 8, OPSET = 17, NAME_LENGTH = 256 };

typedef struct Known {
  const char *name;
  SnTensor *tensor;
} Known;

struct SnOnnx {
  const char *name;
  SnProto metadata, nodes, values; /* values: inputs and outputs */
  Known *tensors;
  int64_t tensor_count, node_count;
};

static void release(void *memory) {
  SnOnnx *onnx = memory;
  sn_proto_free(&onnx->metadata);
  sn_proto_free(&onnx->nodes);
  sn_proto_free(&onnx->values);
  free(onnx->tensors);
}

SnOnnx *sn_onnx_new(const char *name) {
  SnOnnx *onnx = sn_scope_allocate(1, sizeof *onnx, release);
  if (onnx) onnx->name = sn_scope_text(name);
  return sn_ok() ? onnx : NULL;
}

/* ---- nodes ---- */

SnOnnxAttribute sn_onnx_int(const char *name, int64_t value) {
  return (SnOnnxAttribute){.name = name, .kind = SN_ONNX_INTEGER, .integer = value};
}

SnOnnxAttribute sn_onnx_real(const char *name, double value) {
  return (SnOnnxAttribute){.name = name, .kind = SN_ONNX_REAL, .real = value};
}

SnOnnxAttribute sn_onnx_ints(const char *name, int count, const int64_t *values) {
  SnOnnxAttribute attribute = {.name = name, .kind = SN_ONNX_INTEGERS, .count = count};
  for (int i = 0; i < count; i++) attribute.integers[i] = values[i];
  return attribute;
}

static void add_attribute(SnProto *node, const SnOnnxAttribute *attribute) {
  static const int kinds[] = {
      [SN_ONNX_INTEGER] = KIND_INT, [SN_ONNX_REAL] = KIND_FLOAT, [SN_ONNX_INTEGERS] = KIND_INTS};
  SnProto message = {0};
  sn_proto_text(&message, ATTRIBUTE_NAME, attribute->name);
  if (attribute->kind == SN_ONNX_REAL) sn_proto_float(&message, ATTRIBUTE_FLOAT, (float)attribute->real);
  if (attribute->kind == SN_ONNX_INTEGER) sn_proto_integer(&message, ATTRIBUTE_INT, attribute->integer);
  for (int i = 0; i < attribute->count; i++) sn_proto_integer(&message, ATTRIBUTE_INTS, attribute->integers[i]);
  sn_proto_integer(&message, ATTRIBUTE_KIND, kinds[attribute->kind]);
  sn_proto_message(node, NODE_ATTRIBUTE, &message);
}

/* A node's name is that of its first result. */
static void add_node(SnOnnx *onnx, const char *type, int input_count, const char *const *inputs, int attribute_count,
                     const SnOnnxAttribute *attributes, int output_count, const char *const *outputs) {
  SnProto node = {0};
  while (input_count > 0 && !inputs[input_count - 1]) input_count--;
  for (int i = 0; i < input_count; i++) sn_proto_text(&node, NODE_INPUT, inputs[i] ? inputs[i] : "");
  for (int i = 0; i < output_count; i++) sn_proto_text(&node, NODE_OUTPUT, outputs[i]);
  sn_proto_text(&node, NODE_NAME, outputs[0]);
  sn_proto_text(&node, NODE_TYPE, type);
  for (int i = 0; i < attribute_count; i++) add_attribute(&node, &attributes[i]);
  sn_proto_message(&onnx->nodes, GRAPH_NODE, &node);
  onnx->node_count++;
}

bool sn_onnx_node_of_many(SnOnnx *onnx, const char *type, int input_count, const char *const *inputs,
                          int attribute_count, const SnOnnxAttribute *attributes, int output_count,
                          const char **results) {
  char name[NAME_LENGTH];
  if (!sn_ok()) return false;
  for (int i = 0; i < output_count && sn_ok(); i++) {
    const char *format = i == 0 ? "%s_%lld" : "%s_%lld_%d";
    snprintf(name, sizeof name, format, type, (long long)onnx->node_count, i);
    results[i] = sn_scope_text(name);
  }
  if (sn_ok()) add_node(onnx, type, input_count, inputs, attribute_count, attributes, output_count, results);
  return sn_ok();
}

const char *sn_onnx_node(SnOnnx *onnx, const char *type, int input_count, const char *const *inputs,
                         int attribute_count, const SnOnnxAttribute *attributes) {
  const char *result = NULL;
  return sn_onnx_node_of_many(onnx, type, input_count, inputs, attribute_count, attributes, 1, &result) ? result : NULL;
}

const char *sn_onnx_binary(SnOnnx *onnx, const char *type, const char *a, const char *b) {
  return sn_onnx_node(onnx, type, SN_ONNX_NAMES(a, b), SN_ONNX_PLAIN);
}

/* ---- known values ---- */

static int element_type(const SnTensor *tensor) {
  SnDtype dtype = tensor->array.dtype;
  if (dtype == SN_FLOAT32) return SN_ONNX_FLOAT;
  if (dtype == SN_INT64) return SN_ONNX_INT64;
  if (dtype == SN_UINT8) return SN_ONNX_UINT8;
  sn_fail("an ONNX model here holds no %s", sn_dtype_name(dtype));
  return 0;
}

const char *sn_onnx_tensor(SnOnnx *onnx, const char *name, SnTensor *tensor) {
  char any[NAME_LENGTH];
  if (!sn_ok() || element_type(tensor) == 0) return NULL;
  snprintf(any, sizeof any, "constant_%lld", (long long)onnx->tensor_count);
  Known *grown = sn_grow(onnx->tensors, onnx->tensor_count, sizeof *grown, "an ONNX model");
  if (!grown) return NULL;
  onnx->tensors = grown;
  const char *kept = sn_scope_text(name ? name : any);
  grown[onnx->tensor_count++] = (Known){kept, tensor};
  return kept;
}

const char *sn_onnx_number(SnOnnx *onnx, double value) {
  SnTensor *tensor = sn_scalar(SN_FLOAT32, value);
  return tensor ? sn_onnx_tensor(onnx, NULL, tensor) : NULL;
}

const char *sn_onnx_integer(SnOnnx *onnx, int64_t value) {
  SnTensor *tensor = sn_from_host(SN_INT64, 0, NULL, &value);
  return tensor ? sn_onnx_tensor(onnx, NULL, tensor) : NULL;
}

const char *sn_onnx_numbers(SnOnnx *onnx, int count, const int64_t *values) {
  SnTensor *tensor = sn_from_host(SN_INT64, SN_SHAPE(count), values);
  return tensor ? sn_onnx_tensor(onnx, NULL, tensor) : NULL;
}

/* ---- inputs and outputs ---- */

static void add_value(SnOnnx *onnx, int field, const char *name, SnOnnxType element, int ndim, const int64_t *sizes) {
  SnProto value = {0}, type = {0}, tensor = {0}, shape = {0};
  for (int d = 0; d < ndim; d++) {
    SnProto size = {0};
    if (sizes[d] < 0)
      sn_proto_text(&size, DIM_NAME, "batch");
    else
      sn_proto_integer(&size, DIM_VALUE, sizes[d]);
    sn_proto_message(&shape, SHAPE_DIM, &size);
  }
  sn_proto_integer(&tensor, TYPE_ELEMENT, element);
  sn_proto_message(&tensor, TYPE_SHAPE, &shape);
  sn_proto_message(&type, TYPE_TENSOR, &tensor);
  sn_proto_text(&value, VALUE_NAME, name);
  sn_proto_message(&value, VALUE_TYPE, &type);
  sn_proto_message(&onnx->values, field, &value);
}

const char *sn_onnx_input(SnOnnx *onnx, const char *name, SnOnnxType type, int ndim, const int64_t *shape) {
  if (!sn_ok()) return NULL;
  add_value(onnx, GRAPH_INPUT, name, type, ndim, shape);
  return sn_scope_text(name);
}

void sn_onnx_output(SnOnnx *onnx, const char *name, const char *value, SnOnnxType type, int ndim,
                    const int64_t *shape) {
  if (!sn_ok()) return;
  add_node(onnx, "Identity", 1, &value, SN_ONNX_PLAIN, 1, &name);
  add_value(onnx, GRAPH_OUTPUT, name, type, ndim, shape);
}

void sn_onnx_text(SnOnnx *onnx, const char *name, const char *text) {
  if (!sn_ok()) return;
  SnProto entry = {0};
  sn_proto_text(&entry, ENTRY_KEY, name);
  sn_proto_text(&entry, ENTRY_VALUE, text);
  sn_proto_message(&onnx->metadata, MODEL_METADATA, &entry);
}

/* ---- the file ---- */

static int64_t bytes_of(const SnTensor *tensor) {
  return sn_count(tensor) * (int64_t)sn_dtype_size(tensor->array.dtype);
}

/* A tensor's message but for its elements, with which it ends. */
static void begin_tensor(const Known *known, SnProto *head) {
  SnProto message = {0};
  const SnArray *array = &known->tensor->array;
  for (int d = 0; d < array->ndim; d++) sn_proto_integer(&message, TENSOR_DIM, array->shape[d]);
  sn_proto_integer(&message, TENSOR_TYPE, element_type(known->tensor));
  sn_proto_text(&message, TENSOR_NAME, known->name);
  sn_proto_announce(&message, TENSOR_RAW, bytes_of(known->tensor));
  sn_proto_announce(head, GRAPH_TENSOR, message.size + bytes_of(known->tensor));
  sn_proto_append(head, &message);
  sn_proto_free(&message);
}

/* The graph but for its tensors, with which it ends; returns how many bytes it has with them. */
static int64_t begin_graph(const SnOnnx *onnx, SnProto *graph) {
  int64_t size = 0;
  sn_proto_text(graph, GRAPH_NAME, onnx->name);
  sn_proto_append(graph, &onnx->nodes);
  sn_proto_append(graph, &onnx->values);
  for (int64_t i = 0; i < onnx->tensor_count && sn_ok(); i++) {
    SnProto head = {0};
    begin_tensor(&onnx->tensors[i], &head);
    size += head.size + bytes_of(onnx->tensors[i].tensor);
    sn_proto_free(&head);
  }
  return graph->size + size;
}

/* The model up to its graph, with which it ends. */
static void begin_model(const SnOnnx *onnx, int64_t graph_size, SnProto *model) {
  SnProto opset = {0};
  sn_proto_integer(model, MODEL_IR, IR_VERSION);
  sn_proto_text(model, MODEL_PRODUCER, SN_PROGRAM);
  sn_proto_text(model, MODEL_PRODUCER_VERSION, SN_VERSION);
  sn_proto_integer(&opset, OPSET_VERSION, OPSET);
  sn_proto_message(model, MODEL_OPSET, &opset);
  sn_proto_append(model, &onnx->metadata);
  sn_proto_announce(model, MODEL_GRAPH, graph_size);
}

static void write_bytes(SnFileWriter *writer, const void *bytes, int64_t size) {
  if (sn_ok() && size > 0) fwrite(bytes, 1, (size_t)size, writer->stream); /* sn_file_commit asks how that went */
}

static void write_tensor(SnFileWriter *writer, const Known *known) {
  SnProto head = {0};
  SnScope *scope = sn_scope_open();
  begin_tensor(known, &head);
  write_bytes(writer, head.bytes, head.size);
  sn_proto_free(&head);
  const SnDtype dtype = known->tensor->array.dtype;
  void *elements = sn_scope_allocate(sn_count(known->tensor), sn_dtype_size(dtype), NULL);
  if (elements && sn_to_host(known->tensor, dtype, elements)) write_bytes(writer, elements, bytes_of(known->tensor));
  sn_scope_close(scope);
}

bool sn_onnx_write(SnOnnx *onnx, const char *path) {
  if (!sn_ok()) return false;
  SnProto model = {0}, graph = {0};
  int64_t graph_size = begin_graph(onnx, &graph);
  begin_model(onnx, graph_size, &model);
  if (model.size + graph_size > INT32_MAX)
    sn_fail("%s: would take %lld MB, and an ONNX file holds at most 2147", path, (long long)(graph_size / 1000000));
  SnFileWriter writer;
  if (sn_ok() && sn_file_create(path, &writer)) {
    write_bytes(&writer, model.bytes, model.size);
    write_bytes(&writer, graph.bytes, graph.size);
    for (int64_t i = 0; i < onnx->tensor_count && sn_ok() && !ferror(writer.stream); i++)
      write_tensor(&writer, &onnx->tensors[i]);
    sn_file_commit(&writer);
  }
  sn_proto_free(&model);
  sn_proto_free(&graph);
  return sn_ok();
}
