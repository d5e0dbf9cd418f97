#include "models/simplenet/paper.h"

#include <math.h>
#include <stddef.h>

#include "models/simplenet/simplenet.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* ---- table 1: MVTec AD ---- */

static const char *const methods[] = {"AE-SSIM", "RIAD",    "DRAEM",     "CutPaste", "CS-Flow",
                                      "PaDiM",   "RevDist", "PatchCore", "SimpleNet"};

/* clang-format off */
static const SnPaperScore scores[] = {
    /* carpet */ {87, 64.7}, {84.2, 96.3}, {97.0, 95.5}, {93.9, 98.3}, {100, NAN}, {99.8, 99.1}, {98.9, 98.9}, {98.7, 99.0}, {99.7, 98.2},
    /* grid */ {94, 84.9}, {99.6, 98.8}, {99.9, 99.7}, {100, 97.5}, {99.0, NAN}, {96.7, 97.3}, {100, 99.3}, {98.2, 98.7}, {99.7, 98.8},
    /* leather */ {78, 56.1}, {100, 99.4}, {100, 98.6}, {100, 99.5}, {100, NAN}, {100, 99.2}, {100, 99.4}, {100, 99.3}, {100, 99.2},
    /* tile */ {59, 17.5}, {98.7, 89.1}, {99.6, 99.2}, {94.6, 90.5}, {100, NAN}, {98.1, 94.1}, {99.3, 95.6}, {98.7, 95.6}, {99.8, 97.0},
    /* wood */ {73, 60.3}, {93.0, 85.8}, {99.1, 96.4}, {99.1, 95.5}, {100, NAN}, {99.2, 94.9}, {99.2, 95.3}, {99.2, 95.0}, {100, 94.5},
    /* bottle */ {93, 83.4}, {99.9, 98.4}, {99.2, 99.1}, {98.2, 97.6}, {99.8, NAN}, {99.1, 98.3}, {100, 98.7}, {100, 98.6}, {100, 98.0},
    /* cable */ {82, 47.8}, {81.9, 84.2}, {91.8, 94.7}, {81.2, 90.0}, {99.1, NAN}, {97.1, 96.7}, {95.0, 97.4}, {99.5, 98.4}, {99.9, 97.6},
    /* capsule */ {94, 86.0}, {88.4, 92.8}, {98.5, 94.3}, {98.2, 97.4}, {97.1, NAN}, {87.5, 98.5}, {96.3, 98.7}, {98.1, 98.8}, {97.7, 98.9},
    /* hazelnut */ {97, 91.6}, {83.3, 96.1}, {100, 99.7}, {98.3, 97.3}, {99.6, NAN}, {99.4, 98.2}, {99.9, 98.9}, {100, 98.7}, {100, 97.9},
    /* metal_nut */ {89, 60.3}, {88.5, 92.5}, {98.7, 99.5}, {99.9, 93.1}, {99.1, NAN}, {96.2, 97.2}, {100, 97.3}, {100, 98.4}, {100, 98.8},
    /* pill */ {91, 83.0}, {83.8, 95.7}, {98.9, 97.6}, {94.9, 95.7}, {98.6, NAN}, {90.1, 95.7}, {96.6, 98.2}, {96.6, 97.4}, {99.0, 98.6},
    /* screw */ {96, 88.7}, {84.5, 98.8}, {93.9, 97.6}, {88.7, 96.7}, {97.6, NAN}, {97.5, 98.5}, {97.0, 99.6}, {98.1, 99.4}, {98.2, 99.3},
    /* toothbrush */ {92, 78.4}, {100, 98.9}, {100, 98.1}, {99.4, 98.1}, {91.9, NAN}, {100, 98.8}, {99.5, 99.1}, {100, 98.7}, {99.7, 98.5},
    /* transistor */ {90, 72.5}, {90.9, 87.7}, {93.1, 90.9}, {96.1, 93.0}, {99.3, NAN}, {94.4, 97.5}, {96.7, 92.5}, {100, 96.3}, {100, 97.6},
    /* zipper */ {88, 66.5}, {98.1, 97.8}, {100, 98.8}, {99.9, 99.3}, {99.7, NAN}, {98.6, 98.5}, {98.5, 98.2}, {99.4, 98.8}, {99.9, 98.9},
};

/* PaDiM's means of textures and of all are not those of its rows. */
static const SnPaperScore printed_means[] = {
    {78, 56.7}, {95.1, 93.9}, {99.1, 97.9}, {97.5, 96.3}, {99.8, NAN}, {95.5, 96.9}, {99.5, 97.7}, {99.0, 97.5}, {99.8, 97.5},
    {91, 75.8}, {89.9, 94.3}, {97.4, 97.0}, {95.5, 95.8}, {98.2, NAN}, {96.0, 97.8}, {98, 97.9}, {99.2, 98.4}, {99.5, 98.4},
    {87, 69.4}, {91.7, 94.2}, {98.0, 97.3}, {96.1, 96.0}, {98.7, NAN}, {95.8, 97.5}, {98.5, 97.8}, {99.1, 98.1}, {99.6, 98.1},
};
/* clang-format on */

static const SnPaperTable table1 = {methods, COUNT(methods), COUNT(methods) - 1, scores, printed_means};

/* As the paper states it, for Wide-ResNet-50 (and a Xeon E5-2680 v3). */
static const SnPaperSpeed speed = {77.0, 99.6, "an RTX 3080 Ti"};

/* ---- tables 2 to 4 ---- */

static const SnPaperLine table2_lines[] = {{"1", {93.0, 94.2}},   {"2", {98.4, 96.7}},   {"3", {99.2, 97.5}},
                                           {"1+2", {96.7, 96.7}}, {"2+3", {99.6, 98.1}}, {"1+2+3", {99.1, 98.1}}};

static const SnPaperLine table3_lines[] = {{"ours", {99.6, 98.1}},
                                           {"non-linear adaptor", {98.3, 97.2}},
                                           {"no adaptor", {99.2, 97.9}},
                                           {"cross-entropy", {99.4, 97.8}}};

static const SnPaperLine table4_lines[] = {{"resnet18", {98.3, 95.7}},
                                           {"resnet50", {99.6, 98.0}},
                                           {"resnet101", {99.2, 97.6}},
                                           {"wide_resnet50_2", {99.6, 98.1}}};

static const SnPaperVariant levels[] = {
    {"levels-1", "1", {"levels", "1", "grid-level", "0"}},
    {"levels-2", "2", {"levels", "2", "grid-level", "0"}},
    {"levels-3", "3", {"levels", "3", "grid-level", "0"}},
    {"levels-1+2", "1+2", {"levels", "1,2", "grid-level", "0"}},
    {"levels-2+3", "2+3", {"levels", "2,3", "grid-level", "0"}},
    {"levels-1+2+3", "1+2+3", {"levels", "1,2,3", "grid-level", "0"}},
};

static const SnPaperVariant designs[] = {
    {"ours", "ours", {NULL}},
    {"nonlinear-adaptor", "non-linear adaptor", {"adaptor-depth", "2"}},
    {"no-adaptor", "no adaptor", {"adaptor-depth", "0"}},
    {"cross-entropy", "cross-entropy", {"loss", "cross-entropy"}},
};

/* ---- table 5: CIFAR-10, one class at a time ---- */

static const SnPaperLine table5_lines[] = {
    {"LSA", {64.1, NAN}},     {"DSVDD", {64.8, NAN}},      {"OCGAN", {65.6, NAN}}, {"HRN", {71.3, NAN}},
    {"DAAD", {75.3, NAN}},    {"DisAug CLR", {80.0, NAN}}, {"IGD", {83.68, NAN}},  {"MKD", {84.5, NAN}},
    {"RevDist", {86.5, NAN}}, {"SimpleNet", {86.5, NAN}}};

static const char *const maximum_of_map[] = {"image-score", "map", NULL};

/* ---- figures ---- */

static const SnPaperVariant noises[] = {
    {"sigma-0", "0", {"sigma", "0"}},          {"sigma-0.005", "0.005", {"sigma", "0.005"}},
    {"sigma-0.01", "0.01", {"sigma", "0.01"}}, {"sigma-0.015", "0.015", {"sigma", "0.015"}},
    {"sigma-0.02", "0.02", {"sigma", "0.02"}}, {"sigma-0.03", "0.03", {"sigma", "0.03"}},
    {"sigma-0.05", "0.05", {"sigma", "0.05"}}, {"sigma-0.1", "0.1", {"sigma", "0.1"}},
};

static const SnPaperVariant patches[] = {
    {"patch-1", "1", {"patch", "1"}}, {"patch-3", "3", {"patch", "3"}}, {"patch-5", "5", {"patch", "5"}},
    {"patch-7", "7", {"patch", "7"}}, {"patch-9", "9", {"patch", "9"}},
};

static const SnPaperVariant adaptors[] = {
    {"with-adaptor", "with the adaptor", {NULL}},
    {"no-adaptor", "without", {"adaptor-depth", "0"}},
};

static SnTensor *adapt(const SnModel *model, SnTensor *features) {
  const SnSimpleNet *network = model->own;
  return sn_adaptor_forward(network->adaptor, features);
}

static const SnPaperSpread spread = {"before the adaptor", "after the adaptor", adapt};

/* ---- all of them ---- */

static const SnPaperStudy studies[] = {
    {.name = "table2",
     .title = "Table 2: which levels of the backbone",
     .introduction =
         "SimpleNet on the features of each of the backbone's first three levels and of their combinations. "
         "In the paper levels 2 and 3 together are best.",
     .axis = "levels",
     .lines = table2_lines,
     .line_count = COUNT(table2_lines),
     .variants = levels,
     .variant_count = COUNT(levels),
     .varied = "levels"},
    {.name = "table3",
     .title = "Table 3: what the adaptor and the loss are worth",
     .introduction = "SimpleNet as it is; with an adaptor of two linear layers and a leaky ReLU of slope 0.2 between; "
                     "without adaptor; and with the cross-entropy of normal against anomalous features in place of the "
                     "truncated L1 loss. In the paper SimpleNet itself is best.",
     .axis = "design",
     .lines = table3_lines,
     .line_count = COUNT(table3_lines),
     .variants = designs,
     .variant_count = COUNT(designs)},
    {.name = "table4",
     .title = "Table 4: which backbone",
     .introduction = "SimpleNet on different backbones. In the paper ResNet-50 and Wide-ResNet-50 are best, ResNet-18 "
                     "worst, and the differences are small.",
     .axis = "backbone",
     .lines = table4_lines,
     .line_count = COUNT(table4_lines),
     .backbones = SN_BACKBONES_OF_LINES},
    {.name = "table5",
     .title = "Table 5: CIFAR-10, one class at a time",
     .introduction =
         "Each class in turn is the normal one: a detector is trained on its training images, and all test images of "
         "all classes are scored, by the maximum of the anomaly map after the last epoch.",
     .figure = SN_FIGURE_ONE_CLASS,
     .lines = table5_lines,
     .line_count = COUNT(table5_lines),
     .unless_given = maximum_of_map},
    {.name = "figure2",
     .title = "Figure 2: speed and quality",
     .introduction = "Images a second, from pixels in memory to the anomaly map, one image at a time, measured on this "
                     "machine, against image AUROC. The paper states 77 images a second for SimpleNet with "
                     "Wide-ResNet-50 on an RTX 3080 Ti, about eight times as many as PatchCore; it prints no other "
                     "number of its figure.",
     .figure = SN_FIGURE_SPEED,
     .lines = table4_lines,
     .line_count = COUNT(table4_lines),
     .backbones = SN_BACKBONES_ALL},
    {.name = "figure4",
     .title = "Figure 4: what the adaptor does to features",
     .introduction =
         "The standard deviation of each feature dimension over all positions of all training images, before "
         "and after the trained adaptor (first seed). In the paper the adaptor narrows the distribution. Of "
         "each histogram the last bar counts the widest dimensions, too, at most one in a hundred.",
     .figure = SN_FIGURE_SPREAD,
     .spread = &spread},
    {.name = "figure5",
     .title = "Figure 5: how much noise",
     .introduction =
         "The standard deviation of the noise that makes anomalous features. The paper does not print the "
         "values it tried; it finds 0.015 best, larger ones to loosen the boundary and smaller ones to train "
         "unstably. With 0 normal and anomalous features are the same, and nothing can be learnt.",
     .axis = "standard deviation of the noise",
     .figure = SN_FIGURE_CURVES,
     .variants = noises,
     .variant_count = COUNT(noises),
     .varied = "sigma"},
    {.name = "figure6",
     .title = "Figure 6: how large a neighbourhood",
     .introduction =
         "The side p of the neighbourhood that local features are averaged over. The paper does not print the "
         "values it tried; it finds 3 best.",
     .axis = "side of the neighbourhood",
     .figure = SN_FIGURE_CURVES,
     .variants = patches,
     .variant_count = COUNT(patches),
     .varied = "patch"},
    {.name = "figure7",
     .title = "Figure 7: training with and without the adaptor",
     .introduction =
         "The training loss with the adaptor and without it. In the paper it falls faster with the adaptor.",
     .figure = SN_FIGURE_LOSSES,
     .variants = adaptors,
     .variant_count = COUNT(adaptors),
     .varied = "adaptor-depth"},
    {
        .name = "figure8",
        .title = "Figure 8: photographs, truth and heat maps",
        .introduction =
            "A typical defective image of each kind, the middle one by score: photograph, ground truth, and heat "
            "map, outlined in white at the threshold with the largest F1 over the category's pixels.",
        .figure = SN_FIGURE_EXAMPLES,
    },
};

static const char *const remarks[] = {"noise of standard deviation", "sigma", NULL};

const SnPaper sn_simplenet_paper = {.epochs = 160,
                                    .selects_by_test = true,
                                    .table = &table1,
                                    .speed = &speed,
                                    .studies = studies,
                                    .study_count = COUNT(studies),
                                    .remarks = remarks};
