/* --memory: how much the program may take. Features that do not fit beside the rest lie in temporary files. */
#ifndef SN_CLI_MEMORY_OPTION_H
#define SN_CLI_MEMORY_OPTION_H

#include <stdint.h>

#include "cli/model_options.h"
#include "models/simplenet/model.h"

void sn_add_memory_option(SnOption *options, int *count, const char **text);

/* Bytes; text NULL: nine tenths of what is available. An error when the text is no number. */
bool sn_read_memory(const char *text, double *bytes);

/* Leaves to the model's features what the process, with the model at hand, and the maps of the test images do not need:
 * model->feature_memory, in the innermost scope. An error when there is a text, but the device in use has a memory of
 * its own. */
bool sn_limit_features(const char *text, int64_t test_images, SnSimpleNet *model);

/* One line on stdout when features lie in temporary files. */
void sn_tell_of_files(void);

#endif
