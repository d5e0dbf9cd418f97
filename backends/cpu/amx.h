/* Intel's Advanced Matrix Extensions: eight registers of 1 KiB, and products of them. */
#ifndef SN_BACKENDS_CPU_AMX_H
#define SN_BACKENDS_CPU_AMX_H

#include <stdbool.h>

/* Whether processor and system have them, for bfloat16 and for 8 bits. */
bool sn_cpu_has_amx(void);

/* Asks the system for them on behalf of the whole process, the first time; whether it may use them. Signal handlers
 * then need larger stacks, so it is not asked before it is needed. From any thread. */
bool sn_cpu_use_amx(void);

#endif
