/* What a ResNet sees in a photograph: its levels, from fine and many cells to coarse ones that know more, and where
 * each differs most from its own mean.
 *
 *     make framework-examples && build/examples/framework/features PHOTOGRAPH [resnet18 resnet18.pth]
 *
 * Without a network: the small one that is built in.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "autograd/ops.h"
#include "datasets/transform.h"
#include "models/backbones/backbone.h"
#include "models/backbones/embedded.h"
#include "tensor/safetensors.h"
#include "tensor/weights.h"

enum { SIDE = 224, LEVELS = 3 };

/* With the weights of a file (.safetensors, .pth), or those that are built in. */
static SnBackbone *backbone_of(const char *name, const char *path) {
  SnLevels levels = {LEVELS, {1, 2, 3}};
  SnBackbone *backbone = sn_backbone_new(name, &levels, NULL);
  size_t size;
  const uint8_t *bytes = sn_embedded_weights(&size);
  SnFileReader embedded = sn_file_reader_on_memory(SN_EMBEDDED_SOURCE, bytes, size);
  SnStateDict *weights = path ? sn_weights_read(path) : sn_safetensors_read_from(&embedded);
  if (backbone && weights) sn_backbone_load(backbone, weights, path ? path : SN_EMBEDDED_SOURCE);
  return sn_ok() ? backbone : NULL;
}

/* The middle of the photograph as the network wants it: [1,3,SIDE,SIDE], each channel by ImageNet's mean and deviation.
 */
static SnTensor *image_of(const char *path, const char *network) {
  SnTransform transform = {.resize = {.height = 256}, .crop = {SIDE, SIDE}, .fit = SN_FIT_CROP};
  SnNormalization normalization = sn_backbone_normalization(network);
  static float pixels[3 * SIDE * SIDE];
  SnImage photograph;
  if (!sn_image_read(path, SN_IMAGE_RGB, NULL, &photograph)) return NULL;
  sn_transform_image(&transform, &normalization, &photograph, pixels);
  sn_image_free(&photograph);
  return sn_from_host(SN_FLOAT32, SN_SHAPE(1, 3, SIDE, SIDE), pixels);
}

/* The cell whose features are farthest from the mean of all cells: [1,C,H,W] -> [H W] distances on the host. */
static void describe(int number, int64_t stride, SnTensor *level) {
  const int64_t *shape = level->array.shape;
  SnTensor *difference = sn_sub(level, sn_mean(level, SN_DIMS(2, 3), true));
  SnTensor *distance = sn_sqrt(sn_sum(sn_mul(difference, difference), SN_DIMS(1), false));
  double mean = sn_item(sn_mean(level, SN_ALL_DIMS, false));
  SnTensor *farthest = sn_flat_argmax(sn_reshape(distance, SN_SHAPE(1, -1)));
  if (!sn_ok()) return;
  int64_t cell = (int64_t)sn_item(farthest);
  printf("layer%d  %3d channels of %2d x %2d cells, %2d pixels each; mean %.3f; most unusual at (%d, %d)\n", number,
         (int)shape[1], (int)shape[2], (int)shape[3], (int)stride, mean, (int)((cell % shape[3]) * stride + stride / 2),
         (int)((cell / shape[3]) * stride + stride / 2));
}

int main(int argc, char **argv) {
  if (argc != 2 && argc != 4) {
    fprintf(stderr, "usage: features PHOTOGRAPH [NETWORK WEIGHTS]\n");
    return 2;
  }
  const char *name = argc == 4 ? argv[2] : SN_EMBEDDED_BACKBONE;
  SnScope *scope = sn_scope_open();
  SnBackbone *backbone = backbone_of(name, argc == 4 ? argv[3] : NULL);
  SnTensor *image = backbone ? image_of(argv[1], name) : NULL, *levels[SN_MAX_LEVELS];
  if (image && sn_backbone_forward(backbone, image, levels))
    for (int i = 0; i < LEVELS && sn_ok(); i++) describe(i + 1, backbone->stride[i], levels[i]);
  int status = sn_ok() ? EXIT_SUCCESS : EXIT_FAILURE;
  if (!sn_ok()) fprintf(stderr, "features: %s\n", sn_error());
  sn_scope_close(scope);
  return status;
}
