#include "studies/weights.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "models/backbones/backbone.h"
#include "models/backbones/embedded.h"
#include "tensor/scope.h"

static bool is_file_of(const char *file, const char *backbone) {
  const char *published = sn_backbone_weight_file(backbone);
  if (published && strcmp(file, published) == 0) return true;
  size_t length = strlen(backbone), all = strlen(file);
  bool kind =
      (all > 4 && strcmp(file + all - 4, ".pth") == 0) || (all > 12 && strcmp(file + all - 12, ".safetensors") == 0);
  return kind && strncmp(file, backbone, length) == 0 && strchr("-.", file[length]) != NULL;
}

bool sn_find_backbone_weights(const char *weights, const char *backbone, const char **file) {
  *file = NULL;
  if (sn_backbone_is_embedded(backbone)) return sn_ok();
  if (!weights)
    return sn_fail("--weights FILE is missing (`make weights` downloads them); --backbone embedded needs none");
  if (!sn_is_directory(weights)) {
    *file = weights;
    return sn_ok();
  }
  SnNames names;
  if (!sn_list_directory(weights, &names)) return false;
  for (int64_t i = 0; i < names.count && !*file && sn_ok(); i++) {
    if (!is_file_of(names.items[i], backbone)) continue;
    char *path = sn_path_join(weights, names.items[i]);
    *file = path ? sn_scope_text(path) : NULL;
    free(path);
  }
  sn_names_free(&names);
  return *file != NULL;
}
