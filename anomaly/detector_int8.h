/* Convolutions' weights in 8 bits, in the file of a detector. Those of which a range of their input is known are, under
 * their names N,
 *
 *     N              U8 [out, in, height, width]: 128 more than round(w / scale), scale being its output's
 *     N.scale        F32 [out]: the largest absolute weight of an output, divided by 127
 *     N.input_range  F32 [2]: between which numbers what is multiplied by it lies, 0 between them
 */
#ifndef SN_ANOMALY_DETECTOR_INT8_H
#define SN_ANOMALY_DETECTOR_INT8_H

#include "anomaly/layer_ranges.h"

/* A file's tensors and texts with those weights in 8 bits, and what describes them; in the innermost scope. */
SnStateDict *sn_detector_quantized(const SnStateDict *file, const SnLayerRanges *ranges);

/* The ranges in a file, in the innermost scope; none where it holds none. What cannot be a range is an error that names
 * path and tensor. */
bool sn_detector_read_ranges(const SnStateDict *file, const char *path, SnLayerRanges *ranges);

/* The file's tensors with those weights as float32, without what describes them; in the innermost scope. A weight whose
 * scale is missing or not as expected is an error that names path and tensor. */
SnStateDict *sn_detector_dequantized(const SnStateDict *file, const char *path, const SnLayerRanges *ranges);

#endif
