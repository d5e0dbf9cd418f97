#include "anomaly/backbone_weights.h"

#include <string.h>

#include "anomaly/detector_file.h"
#include "models/backbones/embedded.h"
#include "tensor/safetensors.h"
#include "tensor/weights.h"

static const char *source_of(const char *weights) { return weights ? weights : SN_EMBEDDED_SOURCE; }

/* A file that is damaged is named as that, though its hash differs as well. */
static bool check_hash(const SnModel *model, const SnStateDict *weights_dict, const char *weights,
                       const SnStateDict *file, const char *path) {
  const char *expected = file ? sn_state_dict_text(file, "backbone_sha256") : model->backbone_sha256;
  if (expected && strcmp(expected, model->backbone_sha256) == 0) return true;
  if (!sn_weights_check_finite(weights_dict, source_of(weights))) return false;
  return sn_fail("%s: was trained on backbone weights with SHA-256 %.64s (of %s), and those of %s have %s", path,
                 expected ? expected : "(absent)", model->settings.features.backbone, source_of(weights),
                 model->backbone_sha256);
}

/* The hash is compared before the tensors are looked at: those of another network would be named by what they lack. */
static SnStateDict *read_weights(SnModel *model, const char *weights, const SnStateDict *file, const char *path) {
  size_t size;
  const uint8_t *bytes = sn_embedded_weights(&size);
  SnFileReader embedded = sn_file_reader_on_memory(SN_EMBEDDED_SOURCE, bytes, size);
  if (!weights) sn_sha256(bytes, size, model->backbone_sha256);
  if (weights && !sn_sha256_file(weights, model->backbone_sha256)) return NULL;
  SnStateDict *dict = weights ? sn_weights_read(weights) : sn_safetensors_read_from(&embedded);
  return dict && check_hash(model, dict, weights, file, path) ? dict : NULL;
}

bool sn_load_backbone_weights(SnModel *model, const char *weights, const SnStateDict *file, const char *path) {
  const char *backbone = model->settings.features.backbone;
  if (file && sn_is_detector_file(file)) {
    if (!weights) return sn_detector_load_backbone(model, file, path);
    return sn_fail("%s: holds the weights of its backbone: leave out those of %s (--weights)", path, weights);
  }
  if (!weights && !sn_backbone_is_embedded(backbone))
    return sn_fail("%s%sthe backbone %s needs a file of weights (--weights)", path ? path : "", path ? ": " : "",
                   backbone);
  SnScope *scope = sn_scope_open();
  SnStateDict *dict = read_weights(model, weights, file, path);
  if (dict) sn_backbone_load(model->backbone, dict, source_of(weights));
  sn_scope_close(scope);
  sn_storage_trim(); /* the file's tensors are not needed again */
  return sn_ok();
}
