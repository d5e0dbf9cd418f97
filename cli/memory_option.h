/* --memory: how much the program may take. Features that do not fit beside the rest lie in temporary files. */
#ifndef SN_CLI_MEMORY_OPTION_H
#define SN_CLI_MEMORY_OPTION_H

#include <stdint.h>

#include "base/size.h"
#include "cli/options.h"
#include "tensor/storage.h"

void sn_add_memory_option(SnOption *options, int *count, const char **text);

/* Bytes; text NULL: nine tenths of what is available. An error when the text is no number. */
bool sn_read_memory(const char *text, double *bytes);

/* What the process, with the model at hand, and the maps of the test images, crop x crop pixels each, leave to the
 * features, in the innermost scope. NULL and an error when it is too little, or when there is a text, but the device in
 * use has a memory of its own. */
SnLargeMemory *sn_limit_features(const char *text, int64_t test_images, SnSize crop);

/* One line on stdout when features are in temporary files. */
void sn_print_spilled_features(void);

#endif
