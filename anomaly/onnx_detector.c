#include "anomaly/onnx_detector.h"

#include <math.h>
#include <stdlib.h>

#include "anomaly/detector_file.h"
#include "anomaly/onnx_pixels.h"
#include "anomaly/scorer.h"
#include "onnx/translate.h"

#define FORMAT "simplenet.c onnx 1"

enum { MAP, SCORE }; /* of the scorer */

/* ---- decisions ---- */

/* The least float that is not below: scores, which are floats, pass it exactly when they pass the number. */
static double float_from_above(double number) {
  float nearest = (float)number;
  return (double)nearest < number ? (double)nextafterf(nearest, INFINITY) : (double)nearest;
}

/* With u = (score - threshold) / scale and v = 0.5 / (1 + |u|): 1 - v where u >= 0, else v. */
static void add_normalised(SnOnnx *onnx, const SnFalseAlarms *alarms, const char *above, const char *defective) {
  const char *u = sn_onnx_binary(onnx, "Div", above, sn_onnx_number(onnx, alarms->scale));
  u = sn_onnx_node(onnx, "Abs", SN_ONNX_NAMES(u), SN_ONNX_PLAIN);
  const char *v =
      sn_onnx_binary(onnx, "Div", sn_onnx_number(onnx, 0.5), sn_onnx_binary(onnx, "Add", u, sn_onnx_number(onnx, 1)));
  const char *rest = sn_onnx_binary(onnx, "Sub", sn_onnx_number(onnx, 1), v);
  const char *normalised = sn_onnx_node(onnx, "Where", SN_ONNX_NAMES(defective, rest, v), SN_ONNX_PLAIN);
  sn_onnx_output(onnx, "normalised", normalised, SN_ONNX_FLOAT, SN_SHAPE(-1));
}

static void add_decisions(SnOnnx *onnx, const SnCalibration *calibration, const char *score) {
  SnThresholdBasis basis = sn_threshold_basis(calibration);
  if (basis == SN_THRESHOLD_NONE) return;
  const char *threshold = sn_onnx_number(onnx, float_from_above(sn_decision_threshold(calibration)));
  const char *defective = sn_onnx_binary(onnx, "GreaterOrEqual", score, threshold);
  if (basis == SN_THRESHOLD_FALSE_ALARMS)
    add_normalised(onnx, &calibration->false_alarms, sn_onnx_binary(onnx, "Sub", score, threshold), defective);
  sn_onnx_output(onnx, "defective", defective, SN_ONNX_BOOL, SN_SHAPE(-1));
}

/* ---- texts ---- */

static void add_texts(SnOnnx *onnx, const SnModel *model, SnSize photograph) {
  char size[SN_SIZE_TEXT];
  SnModel undated = *model;
  undated.provenance.exported = NULL;
  SnStateDict *texts = sn_state_dict_new();
  char *sentence = sn_threshold_text(&model->calibration);
  if (texts && sentence) {
    sn_model_add_texts(&undated, FORMAT, texts);
    sn_state_dict_add_text(texts, "threshold", sentence);
    if (photograph.height > 0) sn_state_dict_add_text(texts, "photograph", sn_size_text(photograph, size));
  }
  for (int64_t i = 0; sn_ok() && i < texts->text_count; i++)
    sn_onnx_text(onnx, texts->texts[i].name, texts->texts[i].text);
  free(sentence);
}

/* ---- the model ---- */

static void add_detector(SnOnnx *onnx, SnModel *model, SnSize photograph) {
  SnSize crop = model->settings.view.crop;
  SnStateDict *weights = sn_state_dict_new();
  SnScorer *scorer = sn_scorer_new(model, SN_SCORER_IMAGES);
  const char *results[SN_PLAN_MAX_OUTPUTS] = {NULL};
  if (!weights || !scorer) return;
  sn_module_state(&model->head, "", weights);
  if (model->backbone) sn_module_state(&model->backbone->module, SN_DETECTOR_BACKBONE, weights);
  const char *pixels = sn_onnx_pixels(onnx, &model->settings, photograph);
  if (!sn_onnx_translate(onnx, weights, sn_scorer_forward, scorer, pixels, SN_SHAPE(-1, 3, crop.height, crop.width),
                         results))
    return;
  sn_onnx_output(onnx, "map", results[MAP], SN_ONNX_FLOAT, SN_SHAPE(-1, crop.height, crop.width));
  sn_onnx_output(onnx, "score", results[SCORE], SN_ONNX_FLOAT, SN_SHAPE(-1));
  add_decisions(onnx, &model->calibration, results[SCORE]);
  add_texts(onnx, model, photograph);
}

bool sn_detector_write_onnx(SnModel *model, SnSize photograph, const char *path) {
  if (!sn_ok()) return false;
  SnScope *scope = sn_scope_open();
  SnOnnx *onnx = sn_onnx_new("detector");
  if (onnx) add_detector(onnx, model, photograph);
  if (sn_ok()) sn_onnx_write(onnx, path);
  sn_scope_close(scope);
  return sn_ok();
}
