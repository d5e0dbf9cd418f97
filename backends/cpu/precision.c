#include "backends/cpu/precision.h"

#include "base/error.h"

static _Thread_local SnPrecision precision;

bool sn_cpu_set_precision(SnPrecision wanted) {
  if (wanted == SN_PRECISION_TF32) return sn_fail("precision: the device cpu computes in fp32 or bf16");
  precision = wanted;
  return true;
}

SnPrecision sn_cpu_precision(void) { return precision; }
