#include "models/backbones/weight_names.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

static const char *with_prefix(const char *prefix, const char *name, char *text, size_t size) {
  snprintf(text, size, "%s%s", prefix, name);
  return text;
}

static bool is_needless(const SnBackbone *backbone, const char *name) {
  static const char counter[] = "num_batches_tracked";
  size_t length = strlen(name), end = sizeof counter - 1;
  if (length >= end && strcmp(name + length - end, counter) == 0) return true;
  for (const char *const *beyond = backbone->beyond; beyond && *beyond; beyond++)
    if (strncmp(name, *beyond, strlen(*beyond)) == 0) return true;
  return false;
}

/* Of the tensors that the network needs and those that are left over, the share that is in the file in its shape. */
static double fit_of(const SnBackbone *backbone, const SnStateDict *own, const SnStateDict *file, const char *prefix) {
  enum { LONGEST = 1024 };
  char text[LONGEST];
  int64_t found = 0, all = own->tensor_count;
  for (int64_t i = 0; i < own->tensor_count; i++) {
    const SnTensor *tensor = sn_state_dict_find(file, with_prefix(prefix, own->tensors[i].name, text, sizeof text));
    found += tensor && sn_same_shape(tensor, own->tensors[i].tensor);
  }
  for (int64_t i = 0; i < file->tensor_count; i++) {
    const char *name = file->tensors[i].name;
    if (strncmp(name, prefix, strlen(prefix)) != 0 || is_needless(backbone, name + strlen(prefix))) continue;
    all += sn_state_dict_find(own, name + strlen(prefix)) == NULL;
  }
  return (double)found / (double)all;
}

/* Of the network of that name as far as a level; 0 when that cannot be said. */
static double fit_of_network(const char *name, int64_t level, const SnStateDict *file) {
  double fit = 0;
  SnScope *scope = sn_scope_open();
  SnBackbone *backbone = sn_backbone_new(name, &(SnLevels){1, {level}}, NULL);
  SnStateDict *own = sn_state_dict_new();
  file = sn_with_own_names(name, file, "");
  if (file && backbone && own && sn_module_state(&backbone->module, "", own)) {
    const char *prefix = sn_weight_prefix(own, file, "");
    if (prefix) fit = fit_of(backbone, own, file, prefix);
  }
  sn_scope_close(scope);
  sn_storage_trim();
  sn_clear_error();
  return fit;
}

/* The network whose tensors these are, if it is another; NULL: none that we know. A whole network is built only where
 * its first level, which is soon built, fits better than the one that was asked for. */
static const char *better_network(const char *wanted, double fit, const SnStateDict *file) {
  static const double nearly = 0.9, half = 0.5;
  const char *best = NULL;
  if (file->tensor_count == 0 || fit >= nearly) return NULL;
  if (fit < half) fit = half;
  for (int i = 0; sn_backbone_name(i); i++) {
    const char *name = sn_backbone_name(i);
    if (strcmp(name, wanted) == 0 || fit_of_network(name, 1, file) <= fit) continue;
    double whole = fit_of_network(name, sn_backbone_level_count(name), file);
    if (whole > fit) best = name;
    if (whole > fit) fit = whole;
  }
  return best;
}

/* "320 tensors such as conv1.weight, layer2.1.bn1.bias and fc.bias" */
static void describe(const SnStateDict *file, char *text, size_t size) {
  int64_t count = file->tensor_count;
  if (count == 0)
    snprintf(text, size, "no tensors");
  else if (count < 3)
    snprintf(text, size, "%" PRId64 " tensor%s %.60s", count, count == 1 ? "" : "s such as", file->tensors[0].name);
  else
    snprintf(text, size, "%" PRId64 " tensors such as %.60s, %.60s and %.60s", count, file->tensors[0].name,
             file->tensors[count / 2].name, file->tensors[count - 1].name);
}

void sn_describe_weight_names(const SnBackbone *backbone, const SnStateDict *own, const SnStateDict *file,
                              const SnStateDict *renamed, const char *prefix, const char *source) {
  SnError error;
  if (sn_ok() || !sn_error_forgive(&error)) return;
  double fit = fit_of(backbone, own, renamed, prefix);
  if (fit >= 1) { /* the names are right */
    sn_error_raise(&error);
    return;
  }
  char names[256];
  const char *other = better_network(backbone->name, fit, file);
  describe(file, names, sizeof names);
  if (fit > 0 || own->tensor_count == 0)
    sn_fail("%.640s; the file holds %s%s%s%s", error.message, names, other ? ": of " : "", other ? other : "",
            other ? "?" : "");
  else
    sn_fail("%s: missing %s and the other %" PRId64 " tensors of %s; the file holds %s%s%s%s", source,
            own->tensors[0].name, own->tensor_count - 1, backbone->name, names, other ? ": of " : "",
            other ? other : "", other ? "?" : "");
}
