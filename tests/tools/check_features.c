/* check_features BACKBONE LEVELS WEIGHTS FILE: whether FILE, which `simplenet features` wrote, holds what the
 * backbone's eager forward gives of the input that it holds, within rounding. For tests from outside. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/backbones/backbone.h"
#include "tensor/weights.h"

static double *values_of(const SnTensor *tensor) {
  double *values = sn_scope_allocate(sn_count(tensor), sizeof *values, NULL);
  return values && sn_to_host(tensor, SN_FLOAT64, values) ? values : NULL;
}

/* The largest difference as a share of the largest number. */
static bool check(const char *name, const SnTensor *found, const SnTensor *expected) {
  if (!found || !sn_same_shape(found, expected)) return sn_fail("%s: another shape, or none", name);
  const double *a = values_of(found), *b = values_of(expected);
  double difference = 0, largest = 0;
  for (int64_t i = 0; sn_ok() && i < sn_count(found); i++) {
    difference = fmax(difference, fabs(a[i] - b[i]));
    largest = fmax(largest, fabs(b[i]));
  }
  if (sn_ok() && !(difference <= 1e-4 * largest && largest > 0)) sn_fail("%s: other numbers", name);
  return sn_ok();
}

static bool check_file(SnBackbone *backbone, const SnStateDict *file) {
  SnTensor *levels[SN_MAX_LEVELS];
  if (!sn_backbone_forward(backbone, sn_state_dict_find(file, "image"), levels)) return false;
  for (int i = 0; i < backbone->levels.count && sn_ok(); i++) {
    const char *name = sn_backbone_level_name(backbone->name, backbone->levels.numbers[i]);
    check(name, sn_state_dict_find(file, name), levels[i]);
  }
  return sn_ok();
}

int main(int argc, char **argv) {
  if (argc != 5) return EXIT_FAILURE;
  SnScope *scope = sn_scope_open();
  SnLevels levels;
  SnBackbone *backbone = sn_parse_levels(argv[1], argv[2], &levels) ? sn_backbone_new(argv[1], &levels, NULL) : NULL;
  SnStateDict *weights = sn_weights_read(argv[3]), *file = sn_weights_read(argv[4]);
  if (backbone && weights && file && sn_backbone_load(backbone, weights, argv[3])) check_file(backbone, file);
  if (!sn_ok()) fprintf(stderr, "%s\n", sn_error());
  bool equal = sn_ok();
  sn_scope_close(scope);
  return equal ? EXIT_SUCCESS : EXIT_FAILURE;
}
