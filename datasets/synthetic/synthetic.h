/* Defects drawn on photographs of good products, for choosing settings where no defective product was photographed.
 *
 * Six kinds, a file each: a piece of the photograph at the wrong place, a scar, a foreign texture, a blur, a tint, and
 * a part that is missing. They are small (2 to 20 % of what is looked at) and run from faint to plain. What they look
 * like depends on the photograph, seed and number alone. */
#ifndef SN_DATASETS_SYNTHETIC_SYNTHETIC_H
#define SN_DATASETS_SYNTHETIC_SYNTHETIC_H

#include <stdbool.h>
#include <stdint.h>

#include "datasets/image.h"
#include "datasets/transform.h"

int sn_synthetic_kind_count(void);

/* The name of the kind that a number, from 1, asks for: kinds take turns, and so does how plain the defect is. Where
 * that kind cannot be seen, as a blur of an even surface, the next one is drawn. Static memory. */
const char *sn_synthetic_kind(int64_t number);

/* Draws defect `number` (from 1) of a seed on an RGB photograph, mostly inside `area` (in the photograph's pixels). The
 * centre is drawn twice, and of the two places the one is taken whose colour is farther from that of the area's border:
 * on the product rather than on the background. *mask becomes a grey image of the same size, 255 where the defect can
 * be seen; release it with sn_image_free(). May be called from several threads at once. */
bool sn_synthetic_draw(uint64_t seed, int64_t number, SnRectangle area, SnImage *photograph, SnImage *mask);

#endif
