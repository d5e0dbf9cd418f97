#ifndef SN_BASE_FOLDER_LOCK_H
#define SN_BASE_FOLDER_LOCK_H

#include <stdbool.h>

/* Keeps a folder for this process and the children it forks, until the last of them has ended: what one run has begun no
 * other goes on with beside it. Leaves no file behind. Waits two seconds for a run that is just ending, then an error
 * names the folder. On file systems without locks there is nobody to ask, and the folder is taken. */
bool sn_folder_lock(const char *path);

#endif
