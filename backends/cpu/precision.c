#include "backends/cpu/precision.h"

#include "base/error.h"

static _Thread_local SnPrecision precision;
static double assumed_speed = -1;

bool sn_cpu_set_precision(SnPrecision wanted) {
  if (wanted == SN_PRECISION_TF32) return sn_fail("precision: the device cpu computes in fp32 or bf16, or in int8 where a detector was exported so");
  precision = wanted;
  return true;
}

SnPrecision sn_cpu_precision(void) { return precision; }

static double speed_here(bool with_amx) {
  if (with_amx) return 12;
#if defined(__x86_64__)
  if (__builtin_cpu_is("amd") && __builtin_cpu_supports("avx512bf16")) return 1.8;
#endif
  return 0;
}

double sn_cpu_bfloat16_speed(bool with_amx) { return assumed_speed < 0 ? speed_here(with_amx) : assumed_speed; }

void sn_cpu_set_bfloat16_speed(double speed) { assumed_speed = speed; }
