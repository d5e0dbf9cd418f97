/* `simplenet export --precision int8`. */
#ifndef SN_CLI_EXPORT_INT8_H
#define SN_CLI_EXPORT_INT8_H

#include "anomaly/model.h"
#include "datasets/samples.h"

/* Gives the model ranges by good photographs (anomaly/quantizing.h), with progress, and prints what was tried. False
 * without an error when interrupted. */
bool sn_quantize_model(SnModel *model, const SnSamples *photographs);

#endif
