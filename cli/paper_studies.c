#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "cli/paper.h"
#include "cli/terminal.h"
#include "models/backbones/backbone.h"
#include "models/backbones/embedded.h"

static SnVariant *add(SnVariant *variants, int64_t *count, const SnVariant *base, const char *name, const char *label) {
  SnVariant *variant = &variants[(*count)++];
  *variant = *base;
  snprintf(variant->name, sizeof variant->name, "%s", name);
  snprintf(variant->label, sizeof variant->label, "%s", label);
  return variant;
}

static int64_t levels(const SnStudyTexts *texts, const SnVariant *base, SnVariant *variants) {
  static const int64_t sets[SN_PAPER_TABLE2] = {1, 2, 4, 3, 6, 7};
  int64_t count = 0;
  (void)texts;
  for (int i = 0; i < SN_PAPER_TABLE2; i++) {
    char name[SN_VARIANT_NAME];
    snprintf(name, sizeof name, "levels-%s", sn_paper_table2[i].label);
    SnSimpleNetSettings *settings = &add(variants, &count, base, name, sn_paper_table2[i].label)->settings;
    settings->levels = sets[i];
    settings->grid_level = 0;
  }
  return count;
}

static int64_t designs(const SnStudyTexts *texts, const SnVariant *base, SnVariant *variants) {
  int64_t count = 0;
  (void)texts;
  add(variants, &count, base, "ours", "ours");
  add(variants, &count, base, "nonlinear-adaptor", "non-linear adaptor")->settings.adaptor_depth = 2;
  add(variants, &count, base, "no-adaptor", "no adaptor")->settings.adaptor_depth = 0;
  add(variants, &count, base, "cross-entropy", "cross-entropy")->settings.loss = SN_LOSS_CROSS_ENTROPY;
  return count;
}

/* Only when its weights are there; else it is named. */
static void add_backbone(const SnStudyTexts *texts, const SnVariant *base, const char *name, SnVariant *variants,
                         int64_t *count) {
  bool folder = texts->weights && sn_is_directory(texts->weights);
  const char *weights = base->weights;
  bool is_base = strcmp(name, base->settings.backbone) == 0;
  bool found = is_base || sn_backbone_is_embedded(name) || (folder && sn_find_backbone_weights(texts, name, &weights));
  if (!sn_ok()) return;
  if (!found) {
    sn_message("left out: %s, of which there are no weights (--weights may be a folder)\n", name);
    return;
  }
  SnVariant *variant = add(variants, count, base, name, name);
  snprintf(variant->settings.backbone, sizeof variant->settings.backbone, "%s", name);
  variant->weights = sn_backbone_is_embedded(name) ? NULL : weights;
}

static int64_t papers_backbones(const SnStudyTexts *texts, const SnVariant *base, SnVariant *variants) {
  int64_t count = 0;
  bool known = false;
  for (int i = 0; i < SN_PAPER_TABLE4; i++) {
    add_backbone(texts, base, sn_paper_table4[i].label, variants, &count);
    known = known || strcmp(sn_paper_table4[i].label, base->settings.backbone) == 0;
  }
  if (!known) add_backbone(texts, base, base->settings.backbone, variants, &count);
  return sn_ok() ? count : 0;
}

static int64_t all_backbones(const SnStudyTexts *texts, const SnVariant *base, SnVariant *variants) {
  int64_t count = 0;
  for (int i = 0; sn_backbone_name(i); i++) add_backbone(texts, base, sn_backbone_name(i), variants, &count);
  return sn_ok() ? count : 0;
}

static int64_t itself(const SnStudyTexts *texts, const SnVariant *base, SnVariant *variants) {
  int64_t count = 0;
  (void)texts;
  add(variants, &count, base, "simplenet", "SimpleNet");
  return count;
}

static int64_t noises(const SnStudyTexts *texts, const SnVariant *base, SnVariant *variants) {
  static const char *const values[] = {"0", "0.005", "0.01", "0.015", "0.02", "0.03", "0.05", "0.1"};
  int64_t count = 0;
  (void)texts;
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    char name[SN_VARIANT_NAME];
    snprintf(name, sizeof name, "sigma-%s", values[i]);
    SnVariant *variant = add(variants, &count, base, name, values[i]);
    sn_parse_real("sigma", values[i], 0, 1, &variant->settings.sigma);
  }
  return count;
}

static int64_t patches(const SnStudyTexts *texts, const SnVariant *base, SnVariant *variants) {
  int64_t count = 0;
  (void)texts;
  for (int64_t patch = 1; patch <= 9; patch += 2) {
    char name[SN_VARIANT_NAME];
    snprintf(name, sizeof name, "patch-%lld", (long long)patch);
    add(variants, &count, base, name, name + strlen("patch-"))->settings.patch = patch;
  }
  return count;
}

static int64_t adaptors(const SnStudyTexts *texts, const SnVariant *base, SnVariant *variants) {
  int64_t count = 0;
  (void)texts;
  add(variants, &count, base, "with-adaptor", "with the adaptor");
  add(variants, &count, base, "no-adaptor", "without")->settings.adaptor_depth = 0;
  return count;
}

const SnPaperStudy sn_paper_studies[] = {
    {.name = "table2",
     .title = "Table 2: which levels of the backbone",
     .introduction =
         "SimpleNet on the features of each of the backbone's first three levels and of their combinations. "
         "In the paper levels 2 and 3 together are best.",
     .axis = "levels",
     .help = "levels of the backbone",
     .paper = sn_paper_table2,
     .paper_count = SN_PAPER_TABLE2,
     .variants = levels,
     .varied = "levels"},
    {.name = "table3",
     .title = "Table 3: what the adaptor and the loss are worth",
     .introduction = "SimpleNet as it is; with an adaptor of two linear layers and a leaky ReLU of slope 0.2 between; "
                     "without adaptor; and with the cross-entropy of normal against anomalous features in place of the "
                     "truncated L1 loss. In the paper SimpleNet as it is is best.",
     .axis = "design",
     .help = "non-linear adaptor, no adaptor, cross-entropy",
     .paper = sn_paper_table3,
     .paper_count = SN_PAPER_TABLE3,
     .variants = designs},
    {.name = "table4",
     .title = "Table 4: which backbone",
     .introduction = "SimpleNet on different backbones. In the paper ResNet-50 and Wide-ResNet-50 are best, ResNet-18 "
                     "worst, and the differences are small.",
     .axis = "backbone",
     .help = "backbones",
     .paper = sn_paper_table4,
     .paper_count = SN_PAPER_TABLE4,
     .variants = papers_backbones},
    {.name = "figure2",
     .title = "Figure 2: speed and quality",
     .introduction = "Images a second, from pixels in memory to the anomaly map, one image at a time, measured on this "
                     "machine, against image AUROC. The paper states 77 images a second for SimpleNet with "
                     "Wide-ResNet-50 on an RTX 3080 Ti, about eight times as many as PatchCore; it prints no other "
                     "number of its figure.",
     .help = "speed against image AUROC",
     .figure = SN_FIGURE_SPEED,
     .paper = sn_paper_table4,
     .paper_count = SN_PAPER_TABLE4,
     .variants = all_backbones},
    {.name = "figure4",
     .title = "Figure 4: what the adaptor does to features",
     .introduction =
         "The standard deviation of each feature dimension over all positions of all training images, before "
         "and after the trained adaptor (first seed). In the paper the adaptor narrows the distribution. Of "
         "each histogram the last bar counts the widest dimensions, too, at most one in a hundred.",
     .help = "spread of the features before and after the adaptor",
     .figure = SN_FIGURE_SPREAD,
     .variants = itself},
    {.name = "figure5",
     .title = "Figure 5: how much noise",
     .introduction =
         "The standard deviation of the noise that makes anomalous features. The paper does not print the "
         "values it tried; it finds 0.015 best, larger ones to loosen the boundary and smaller ones to train "
         "unstably. With 0 normal and anomalous features are the same, and nothing can be learnt.",
     .axis = "standard deviation of the noise",
     .help = "standard deviation of the noise",
     .figure = SN_FIGURE_CURVES,
     .variants = noises,
     .varied = "sigma"},
    {.name = "figure6",
     .title = "Figure 6: how large a neighbourhood",
     .introduction =
         "The side p of the neighbourhood that local features are averaged over. The paper does not print the "
         "values it tried; it finds 3 best.",
     .axis = "side of the neighbourhood",
     .help = "side of the neighbourhood",
     .figure = SN_FIGURE_CURVES,
     .variants = patches,
     .varied = "patch"},
    {.name = "figure7",
     .title = "Figure 7: training with and without the adaptor",
     .introduction =
         "The training loss with the adaptor and without it. In the paper it falls faster with the adaptor.",
     .help = "training loss with and without the adaptor",
     .figure = SN_FIGURE_LOSSES,
     .variants = adaptors,
     .varied = "adaptor-depth"},
    {.name = "figure8",
     .title = "Figure 8: photographs, truth and heat maps",
     .introduction =
         "A typical defective image of each kind, the middle one by score: photograph, ground truth, and heat "
         "map, outlined in white at the threshold with the largest F1 over the category's pixels.",
     .help = "photographs, ground truth, heat maps",
     .figure = SN_FIGURE_EXAMPLES,
     .variants = itself},
};
const int sn_paper_study_count = (int)(sizeof sn_paper_studies / sizeof *sn_paper_studies);
