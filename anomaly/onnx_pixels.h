/* Photographs in an ONNX model: from bytes to what a network expects, as anomaly/view.h and datasets/transform.h do. */
#ifndef SN_ANOMALY_ONNX_PIXELS_H
#define SN_ANOMALY_ONNX_PIXELS_H

#include "anomaly/settings.h"
#include "onnx/model.h"

/* Adds the model's input "image", uint8 [batch,height,width,3], and what makes [batch,3,height,width] of the crop of
 * it, normalised. photograph: the input's size; both 0: the crop's, and nothing is resized. */
const char *sn_onnx_pixels(SnOnnx *onnx, const SnSettings *settings, SnSize photograph);

#endif
