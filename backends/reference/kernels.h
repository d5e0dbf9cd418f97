/* The reference kernels: one sn_reference_<name> for every name in backends/kernels.h.
 *
 * They are the textbook: plain loops beside their formula. Every element is read as a double, everything is computed
 * and summed in double, and a result is rounded once, when it is stored; so one source serves float32 and float64.
 */
#ifndef SN_BACKENDS_REFERENCE_KERNELS_H
#define SN_BACKENDS_REFERENCE_KERNELS_H

#include "backends/kernels.h"

#define X(name) bool sn_reference_##name(const SnCall *call);
SN_KERNELS(X)
#undef X

#endif
