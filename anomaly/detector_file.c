#include "anomaly/detector_file.h"

#include <string.h>

#include "anomaly/detector_int8.h"
#include "tensor/safetensors.h"
#include "tensor/weights.h"

static const struct {
  const char *name;
  SnDtype dtype;
} precisions[] = {{"f32", SN_FLOAT32}, {"f16", SN_FLOAT16}, {"bf16", SN_BFLOAT16}, {"int8", SN_UINT8}};

enum { PRECISIONS = sizeof precisions / sizeof *precisions };

bool sn_detector_precision(const char *text, SnDtype *dtype) {
  for (int i = 0; i < PRECISIONS; i++) {
    if (strcmp(text, precisions[i].name) != 0) continue;
    *dtype = precisions[i].dtype;
    return true;
  }
  return sn_fail("--precision: expected f32, f16, bf16 or int8, found '%.40s'", text);
}

bool sn_is_detector_file(const SnStateDict *file) {
  const char *format = sn_state_dict_text(file, "format");
  return format && strcmp(format, SN_DETECTOR_FORMAT) == 0;
}

/* ---- writing ---- */

static void add_precision(SnStateDict *file, SnDtype dtype) {
  for (int i = 0; i < PRECISIONS; i++)
    if (precisions[i].dtype == dtype) sn_state_dict_add_text(file, "precision", precisions[i].name);
}

/* What takes room becomes `dtype`. */
static void narrow(SnNamedTensor *item, SnDtype dtype, const char *path) {
  const SnArray *array = &item->tensor->array;
  if (array->dtype != SN_FLOAT32 || array->ndim < 2 || dtype == SN_FLOAT32) return;
  if (dtype == SN_UINT8) dtype = SN_FLOAT16; /* what is not in 8 bits already */
  item->tensor = sn_to_dtype(item->tensor, dtype);
  if (item->tensor && sn_first_not_finite(item->tensor) >= 0)
    sn_fail("%s: tensor %s: a number is too large for %s", path, item->name, sn_dtype_name(dtype));
}

bool sn_detector_write(const SnModel *model, SnDtype dtype, const char *path) {
  if (!sn_ok()) return false;
  SnScope *scope = sn_scope_open();
  SnStateDict *file = sn_state_dict_new();
  if (file && sn_model_add_texts(model, SN_DETECTOR_FORMAT, file)) {
    add_precision(file, dtype);
    sn_module_state(&model->head, "", file);
    if (model->backbone) sn_module_state(&model->backbone->module, SN_DETECTOR_BACKBONE, file);
    if (sn_weights_check_finite(file, path) && dtype == SN_UINT8) file = sn_detector_quantized(file, &model->ranges);
    if (sn_ok())
      for (int64_t i = 0; i < file->tensor_count && sn_ok(); i++) narrow(&file->tensors[i], dtype, path);
    if (sn_ok()) sn_safetensors_write(path, file);
  }
  sn_scope_close(scope);
  return sn_ok();
}

/* ---- reading ---- */

static bool is_hash(const char *text) {
  return text && strlen(text) == SN_SHA256_HEX - 1 && strspn(text, "0123456789abcdef") == SN_SHA256_HEX - 1;
}

bool sn_detector_load_backbone(SnModel *model, const SnStateDict *file, const char *path) {
  const char *hash = sn_state_dict_text(file, "backbone_sha256");
  if (!is_hash(hash))
    return sn_fail("%s: backbone_sha256: expected the SHA-256 of the backbone's weights, found %.70s", path,
                   hash ? hash : "nothing");
  memcpy(model->backbone_sha256, hash, SN_SHA256_HEX);
  if (!sn_detector_read_ranges(file, path, &model->ranges)) return false;
  SnScope *scope = sn_scope_open();
  const SnStateDict *plain = model->ranges.count > 0 ? sn_detector_dequantized(file, path, &model->ranges) : file;
  if (plain) sn_module_share(&model->backbone->module, plain, SN_DETECTOR_BACKBONE, NULL, path);
  sn_scope_close(scope);
  return sn_ok();
}
