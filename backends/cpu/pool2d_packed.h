#ifndef SN_BACKENDS_CPU_POOL2D_PACKED_H
#define SN_BACKENDS_CPU_POOL2D_PACKED_H

#include "backends/cpu/cpu.h"

/* max_pool2d of packed channels, without indices. */
bool SN_CPU(max_pool2d_packed)(const SnCall *call);

#endif
