/* What several commands print, and what they note in models for one another. */
#ifndef SN_CLI_MESSAGES_H
#define SN_CLI_MESSAGES_H

#include "datasets/dataset.h"
#include "metrics/evaluation.h"
#include "models/simplenet/model.h"
#include "report/tile.h"

/* " name 0.9812" on stdout, or " name not available". */
void sn_print_metric(const char *name, SnMetric metric);

/* A small table of all metrics, with the reasons of those that are not available. */
void sn_print_evaluation(const SnEvaluation *evaluation);

/* Warns on stderr when the crop discards part of the photographs (the first sample's size speaks for all). */
void sn_warn_of_crop(const SnSimpleNetSettings *settings, const SnSamples *samples);

/* Notes the range of a test set's maps and its F1-optimal thresholds in a model's texts, for later pictures. */
void sn_add_scale_notes(SnStateDict *notes, const float *maps, int64_t pixels, const SnEvaluation *evaluation);

/* What such notes say. Numbers are NaN where the model has none. */
typedef struct SnScaleNotes {
  double low, high, image_threshold, pixel_threshold;
} SnScaleNotes;

SnScaleNotes sn_read_scale_notes(const SnStateDict *dict);

#endif
