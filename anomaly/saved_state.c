#include "anomaly/saved_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "nn/module.h"

void sn_saved_add_integer(SnStateDict *file, const char *name, int64_t value) {
  char text[32];
  snprintf(text, sizeof text, "%" PRId64, value);
  sn_state_dict_add_text(file, name, text);
}

void sn_saved_add_reals(SnStateDict *file, const char *name, const double *values, int count) {
  char text[512] = "", number[SN_NUMBER_TEXT];
  for (int i = 0; i < count; i++) {
    size_t used = strlen(text);
    snprintf(text + used, sizeof text - used, "%s%s", i > 0 ? " " : "", sn_number_text(values[i], number));
  }
  sn_state_dict_add_text(file, name, text);
}

const char *sn_saved_text(const SnSavedState *saved, const char *name) {
  const char *text = sn_state_dict_text(saved->file, name);
  if (!text) sn_fail("%s: %s is missing", saved->path, name);
  return text ? text : "";
}

int64_t sn_saved_integer(const SnSavedState *saved, const char *name, int64_t maximum) {
  const char *text = sn_saved_text(saved, name);
  char *end = NULL;
  long long value = strtoll(text, &end, 10);
  if (end != text && *end == '\0' && value >= 0 && value <= maximum) return value;
  sn_fail("%s: %s: expected an integer from 0 to %" PRId64 ", found '%.40s'", saved->path, name, maximum, text);
  return 0;
}

void sn_saved_reals(const SnSavedState *saved, const char *name, double *values, int count) {
  const char *text = sn_saved_text(saved, name);
  for (int i = 0; i < count && sn_ok(); i++) {
    const char *end = sn_read_number(text, &values[i]);
    if (!end || (i + 1 == count && *end != '\0'))
      sn_fail("%s: %s: expected %d numbers, found '%.40s'", saved->path, name, count, text);
    text = end;
  }
}

void sn_saved_tensors(const SnSavedState *saved, const SnStateDict *own, const char *prefix) {
  for (int64_t i = 0; own && i < own->tensor_count && sn_ok(); i++) {
    char name[256];
    snprintf(name, sizeof name, "%s%s", prefix, own->tensors[i].name);
    const SnTensor *found = sn_state_dict_find(saved->file, name);
    SnTensor *target = own->tensors[i].tensor;
    const char *flaw = found ? sn_module_flaw(name, found) : NULL;
    if (flaw)
      sn_fail("%s: %s: %s", saved->path, name, flaw);
    else if (!found || !sn_same_shape(found, target) || found->array.dtype != target->array.dtype)
      sn_fail("%s: %s: expected %s of the shape %s, found %s", saved->path, name, sn_dtype_name(target->array.dtype),
              sn_tensor_text(target), sn_tensor_text(found));
    else
      sn_copy_into(target, sn_to_device(found, sn_storage_backend(target->storage)));
  }
}
