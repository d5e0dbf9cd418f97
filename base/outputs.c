#include "base/outputs.h"

#include <string.h>
#include <strings.h>

bool sn_is_own_output_name(const char *name) {
  static const size_t suffix = sizeof SN_HEATMAP_SUFFIX - 1;
  size_t length = strlen(name);
  return length >= suffix && strcasecmp(name + length - suffix, SN_HEATMAP_SUFFIX) == 0;
}
