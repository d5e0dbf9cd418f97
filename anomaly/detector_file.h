/* A detector in one file: a model and the weights of its backbone together, so that nothing else is needed to look at
 * photographs. It is safetensors: all texts of a model file, in which the format is another, and
 *
 *     model_sha256   of the model file that it was made of
 *     exported       when
 *     precision      f32, f16 or bf16: of the tensors with two dimensions and more. Vectors (biases, statistics of
 *                    normalisation) stay float32, and whole numbers as they are. int8: as anomaly/detector_int8.h
 *                    says, and f16 for what is not in 8 bits
 *
 * and the tensors of the model's head under their names, those of the backbone under "backbone." and theirs.
 * Whatever is stored, everything is computed in float32, but in 8 bits where that is asked for (SnPrecision) and
 * stored. sn_model_load and its like read it, with weights NULL. */
#ifndef SN_ANOMALY_DETECTOR_FILE_H
#define SN_ANOMALY_DETECTOR_FILE_H

#include "anomaly/model.h"

#define SN_DETECTOR_FORMAT "simplenet.c detector 1"
#define SN_DETECTOR_BACKBONE "backbone." /* what the names of its tensors begin with */

/* "f32", "f16", "bf16" or, as SN_UINT8, "int8"; an error says which there are. */
bool sn_detector_precision(const char *text, SnDtype *dtype);

/* Writes a model with a backbone that has its weights, as it is after loading; in float32 it gives the same scores to
 * the last bit. dtype: SN_FLOAT32, SN_FLOAT16, SN_BFLOAT16, or SN_UINT8 of a model with
 * ranges; a number that it cannot hold is an error that names the
 * tensor. */
bool sn_detector_write(const SnModel *model, SnDtype dtype, const char *path);

bool sn_is_detector_file(const SnStateDict *file);

/* The backbone's part of such a file: fills in the model's backbone and the hash of its weights. An error names path
 * and what is missing or wrong. */
bool sn_detector_load_backbone(SnModel *model, const SnStateDict *file, const char *path);

#endif
