/* What the program writes, beside what it reads. */
#ifndef SN_BASE_OUTPUTS_H
#define SN_BASE_OUTPUTS_H

#include <stdbool.h>

/* The end of the name of every picture that is drawn of one photograph. Files of such a name are never taken as input,
 * so pictures may go into the folder of the photographs. */
#define SN_HEATMAP_SUFFIX "_heatmap.png"

/* Whether a file's name, or its path, ends in that suffix, in upper or lower case. */
bool sn_is_own_output_name(const char *name);

#endif
