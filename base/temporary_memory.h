/* Memory in a temporary file, for more than the machine has: the system writes it out and reads it back as it
 * sees fit. The file has no name, so nothing is left behind whatever ends the process. */
#ifndef SN_BASE_TEMPORARY_MEMORY_H
#define SN_BASE_TEMPORARY_MEMORY_H

#include <stddef.h>

/* Zeroed. The file is in the folder of the environment's TMPDIR, or in /tmp, and all of its space is taken at
 * once, so that a full disk is an error here and never a crash later. NULL on failure. */
void *sn_temporary_memory_new(size_t bytes);
void sn_temporary_memory_free(void *memory, size_t bytes);

/* That folder. */
const char *sn_temporary_folder(void);

#endif
