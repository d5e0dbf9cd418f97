/* A detector: a method with its settings, the backbone that gives features, what was fitted, and the calibration. */
#ifndef SN_ANOMALY_MODEL_H
#define SN_ANOMALY_MODEL_H

#include "anomaly/calibration.h"
#include "anomaly/layer_ranges.h"
#include "anomaly/provenance.h"
#include "anomaly/settings.h"
#include "base/sha256.h"
#include "nn/module.h"

/* Of the features of one image, levels assembled. */
typedef struct SnFeatureShape {
  int64_t height, width, channels;
} SnFeatureShape;

typedef struct SnModel {
  SnSettings settings;
  char backbone_sha256[SN_SHA256_HEX]; /* of the backbone's weights file, or of the embedded one; "" without a backbone
                                        */
  SnBackbone *backbone;                /* NULL where only features are worked on, or the method has no features group */
  SnFeatureShape features;
  double feature_scale[SN_MAX_LEVELS]; /* that each level is multiplied by (anomaly/feature_scale.h); at first 1 */
  SnModule head;                       /* what was fitted, under the names of the model file */
  void *own;                           /* the method's own structure, made by its create */
  SnCalibration calibration;           /* none for a new model */
  SnProvenance provenance;             /* nothing for a new model */
  SnLayerRanges ranges;                /* of a detector in 8 bits; else none */
} SnModel;

/* Not fitted yet, in the innermost scope. weights: the backbone's file; NULL for the backbone "embedded" means the
 * weights linked into the program, and is an error for any other. */
SnModel *sn_model_new(const SnSettings *settings, const char *weights);

/* The backbone alone with its weights, and nothing to be fitted: for looking at features. */
SnModel *sn_model_new_backbone(const SnSettings *settings, const char *weights);

/* With a backbone of random weights, for measurements. */
SnModel *sn_model_new_random(const SnSettings *settings);

/* Without a backbone, on features of that shape, float32 or float64. */
SnModel *sn_model_new_head(const SnSettings *settings, SnFeatureShape features, SnDtype dtype);

/* Another model of these settings on the features of `source`, whose backbone it does not share. */
SnModel *sn_model_new_beside(const SnSettings *settings, const SnModel *source);

/* The same with what a model file of these settings holds; path names it in messages. */
SnModel *sn_model_load_beside(const SnSettings *settings, const SnModel *source, const SnStateDict *file,
                              const char *path);

bool sn_model_has_backbone(const SnModel *model); /* its method asks for one */

/* Whether models of two seeds differ. */
bool sn_model_has_chance(const SnModel *model);

/* ---- files ---- */

/* What was fitted, settings, calibration, provenance and the hash of the backbone's weights as safetensors. NaN or
 * infinity in it is an error. */
bool sn_model_save(const SnModel *model, const char *path);

/* Reads back what sn_model_save wrote, calibration included. The backbone's weights must be those that the model was
 * trained on: another file is an error that names the backbone and both hashes. weights may be NULL for the backbone
 * "embedded", and must be for a detector in one file (anomaly/detector_file.h), which is read by the same functions.
 * Numbers that cannot be worked with are an error that names them. */
SnModel *sn_model_load(const char *path, const char *weights);

/* The same from what the file holds; path names it in messages. */
SnModel *sn_model_load_from(const SnStateDict *file, const char *path, const char *weights);

/* Whether it is such a file, or a detector in one file, of this version. */
bool sn_is_model_file(const SnStateDict *file);

/* The settings in a model file or checkpoint; an error names the path and the setting that is missing or wrong. */
bool sn_model_read_settings(const SnStateDict *file, const char *path, SnSettings *settings);

/* The method whose foreign model this file is; NULL, without an error, for any other. */
const SnMethod *sn_foreign_method(const SnStateDict *file);

/* A model from such a file, with these settings where its tensors do not say otherwise. */
SnModel *sn_model_load_foreign(const SnStateDict *file, const char *path, const SnSettings *settings,
                               const char *weights);

/* Adds method, settings and the backbone's hash to the texts of a file: what identifies a model or a checkpoint. */
bool sn_model_add_identity(const SnModel *model, SnStateDict *file);

/* Adds all texts that a model's file has, after the name of its format. */
bool sn_model_add_texts(const SnModel *model, const char *format, SnStateDict *file);

/* The model in this file again, with another threshold: its tensors and all other texts stay as they are. `read` is
 * what a model file or a detector in one file holds; source and path name it and the new file. */
bool sn_model_write_recalibrated(const SnStateDict *read, const char *source, const SnFalseAlarms *alarms,
                                 const char *path);

#endif
