/* The limit: how fast this processor multiplies and adds when nothing else has to be done. */
#ifndef SN_BENCH_SUPPORT_PEAK_H
#define SN_BENCH_SUPPORT_PEAK_H

/* FLOP/s (two a multiply-add) of float32 on 1 to 64 threads at once: the best of many short loops of independent
 * multiply-adds in registers, in AVX-512 where the processor has it, else AVX2.
 * 0: it has neither, or no threads can be started. */
double sn_peak_flops(int threads);

/* "AVX-512", "AVX2" or "none". */
const char *sn_peak_instructions(void);

#endif
