/* What a fuzz target offers, and the limits it is held to: every reading of an input of under 1 MB takes less than a
 * second of processor time, and never more than 64 MB of heap above what it decodes to. The target crashes when it
 * takes more, as it does when anything else that must hold does not. */
#ifndef SN_TESTS_FUZZ_LIMITS_H
#define SN_TESTS_FUZZ_LIMITS_H

#include <stddef.h>
#include <stdint.h>

/* The target: reads one input in all the ways it has, and calls abort() when something that must hold does not. */
void sn_fuzz_input(const uint8_t *data, size_t size);

/* For the target to call: what has been read so far decodes to so many bytes. The largest number of a reading counts.
 */
void sn_fuzz_decoded(size_t bytes);

/* For the target to call: the same input is read once more, in another way, and the limits begin anew. */
void sn_fuzz_read_again(void);

/* What libFuzzer calls: the input, and for one in sn_fuzz_stretch_every also a long one made from it, of which a part
 * is repeated until it is just under 1 MB. Which part depends on the input alone. 0: never. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern uint64_t sn_fuzz_stretch_every;

#endif
