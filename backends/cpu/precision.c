#include "backends/cpu/precision.h"

#include "base/error.h"

static bool rounds_to_bfloat16;

bool sn_cpu_set_precision(SnPrecision precision) {
  if (precision == SN_PRECISION_TF32) return sn_fail("--precision: the device cpu computes in fp32 or bf16");
  rounds_to_bfloat16 = precision == SN_PRECISION_BFLOAT16;
  return true;
}

bool sn_cpu_rounds_to_bfloat16(void) { return rounds_to_bfloat16; }
