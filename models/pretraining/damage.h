/* Local damage to a pretraining image, for the second thing that the embedded backbone learns: where an image differs
 * from its surroundings. None of it is drawn as the generated data set's defects are. */
#ifndef SN_MODELS_PRETRAINING_DAMAGE_H
#define SN_MODELS_PRETRAINING_DAMAGE_H

#include <stdbool.h>
#include <stdint.h>

/* Damages rgb [size, size, 3] in up to three places, each a blob or a stroke in which the image is replaced by a piece
 * of another pattern or of itself, by a colour, or made darker, lighter, smooth or tinted; one image in four stays as
 * it is. cells [size / cell, size / cell] receives how much of each cell of cell x cell pixels is damaged: 0 to 1, and
 * 1 from a quarter of the cell on. Depends on seed and index only. */
bool sn_damage_draw(uint64_t seed, int64_t index, int64_t size, int64_t cell, uint8_t *rgb, float *cells);

#endif
