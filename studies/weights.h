/* Which file holds a backbone's weights. */
#ifndef SN_STUDIES_WEIGHTS_H
#define SN_STUDIES_WEIGHTS_H

#include <stdbool.h>

/* The file in the innermost scope: `weights` itself, or, where that is a folder, the file in it whose name is the
 * backbone's, followed by a dash or a dot (resnet50-0676ba61.pth). *file is NULL for the embedded backbone. False
 * without an error when there is none in the folder; NULL weights are an error for every other backbone. */
bool sn_find_backbone_weights(const char *weights, const char *backbone, const char **file);

#endif
