/* An ONNX model under construction: https://onnx.ai/onnx/repo-docs/IR.html. Values have names; a node computes one
 * value from others, a tensor is one that is known. Opset 17 and version 8 of the file format, which every runtime of
 * 2022 and later takes.
 *
 *     SnOnnx *onnx = sn_onnx_new("detector");
 *     const char *image = sn_onnx_input(onnx, "image", SN_ONNX_UINT8, SN_SHAPE(-1, 224, 224, 3));
 *     const char *pixels = sn_onnx_node(onnx, "Cast", SN_ONNX_NAMES(image), SN_ONNX_WITH(sn_onnx_int("to", …)));
 *     sn_onnx_output(onnx, "score", value, SN_ONNX_FLOAT, SN_SHAPE(-1));
 *     sn_onnx_write(onnx, path);
 */
#ifndef SN_ONNX_MODEL_H
#define SN_ONNX_MODEL_H

#include "tensor/tensor.h"

/* Of the format's TensorProto. */
typedef enum SnOnnxType { SN_ONNX_FLOAT = 1, SN_ONNX_UINT8 = 2, SN_ONNX_INT64 = 7, SN_ONNX_BOOL = 9 } SnOnnxType;

typedef struct SnOnnxAttribute {
  const char *name;
  enum { SN_ONNX_INTEGER, SN_ONNX_REAL, SN_ONNX_INTEGERS } kind;
  int64_t integer;
  double real;
  int count;
  int64_t integers[SN_MAX_DIMS];
} SnOnnxAttribute;

SnOnnxAttribute sn_onnx_int(const char *name, int64_t value);
SnOnnxAttribute sn_onnx_real(const char *name, double value);
SnOnnxAttribute sn_onnx_ints(const char *name, int count, const int64_t *values);

typedef struct SnOnnx SnOnnx;

/* In the innermost scope, as are the names that the functions below return; NULL while an error is pending. */
SnOnnx *sn_onnx_new(const char *name);

/* Read from left to right as "count, list". */
#define SN_ONNX_NAMES(...) \
  (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)), (const char *const[]) { __VA_ARGS__ }
#define SN_ONNX_WITH(...)                                                                                      \
  (int)(sizeof((const SnOnnxAttribute[]){__VA_ARGS__}) / sizeof(SnOnnxAttribute)), (const SnOnnxAttribute[]) { \
    __VA_ARGS__                                                                                                \
  }
#define SN_ONNX_PLAIN 0, NULL /* no attributes */

/* A node of that type: the name of what it computes. An input that is NULL is one that the operator lets be absent. */
const char *sn_onnx_node(SnOnnx *onnx, const char *type, int input_count, const char *const *inputs,
                         int attribute_count, const SnOnnxAttribute *attributes);

/* Of two inputs, without attributes. */
const char *sn_onnx_binary(SnOnnx *onnx, const char *type, const char *a, const char *b);

/* The same for a node with `output_count` results: their names, into results. */
bool sn_onnx_node_of_many(SnOnnx *onnx, const char *type, int input_count, const char *const *inputs,
                          int attribute_count, const SnOnnxAttribute *attributes, int output_count,
                          const char **results);

/* A known value: a tensor of float32, int64 or uint8, whatever its strides, which must live until the model is written.
 * name: its name, which must be new; NULL: any. */
const char *sn_onnx_tensor(SnOnnx *onnx, const char *name, SnTensor *tensor);
const char *sn_onnx_number(SnOnnx *onnx, double value);                      /* float32, no dimensions */
const char *sn_onnx_integer(SnOnnx *onnx, int64_t value);                    /* int64, no dimensions */
const char *sn_onnx_numbers(SnOnnx *onnx, int count, const int64_t *values); /* int64 [count] */

/* The model's inputs and outputs; a size of -1 is the batch's, and called "batch". An output gives a value another
 * name. */
const char *sn_onnx_input(SnOnnx *onnx, const char *name, SnOnnxType type, int ndim, const int64_t *shape);
void sn_onnx_output(SnOnnx *onnx, const char *name, const char *value, SnOnnxType type, int ndim, const int64_t *shape);

/* A text of the model's metadata. */
void sn_onnx_text(SnOnnx *onnx, const char *name, const char *text);

/* Writes the model; equal ones have equal bytes. An error names the path; a model of 2 GB and more, which the format
 * cannot hold, is one. */
bool sn_onnx_write(SnOnnx *onnx, const char *path);

#endif
