/* A detector as an ONNX model, for other runtimes: backbone, head and map as the scorer computes them, photographs
 * brought into range before them, decisions after them.
 *
 *     image       uint8 [batch,height,width,3]   RGB, of the crop; or as large as a photograph, when that is said
 *     map         float [batch,height,width]     of the crop
 *     score       float [batch]
 *     normalised  float [batch]                  where the detector was calibrated (metrics/false_alarms.h)
 *     defective   bool [batch]                   where it has a threshold: score >= threshold
 *
 * The texts of a model file are its metadata, with the format "simplenet.c onnx 1", but no date, so that equal
 * detectors have equal files. */
#ifndef SN_ANOMALY_ONNX_DETECTOR_H
#define SN_ANOMALY_ONNX_DETECTOR_H

#include "anomaly/model.h"

/* photograph: the size of the images that it takes, which are then resized and cropped in the model, by the arithmetic
 * of datasets/resize.h; both 0: they are of the crop's size, and have been. An error names the path, or an operation
 * that has no translation. */
bool sn_detector_write_onnx(SnModel *model, SnSize photograph, const char *path);

#endif
