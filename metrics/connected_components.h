/* The separate pieces of a mask. */
#ifndef SN_METRICS_CONNECTED_COMPONENTS_H
#define SN_METRICS_CONNECTED_COMPONENTS_H

#include <stdint.h>

/* Numbers the 8-connected components of mask [height, width] (0 is background, anything else foreground): labels
 * [height, width] gets 0 for background and 1..n in row-major order of each component's first pixel. Returns n.
 * height * width must be below 2^32. No further memory, no recursion (scipy.ndimage.label with a 3x3 structure). */
uint32_t sn_connected_components(const uint8_t *mask, int64_t height, int64_t width, uint32_t *labels);

#endif
