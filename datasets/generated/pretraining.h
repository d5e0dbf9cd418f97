/* Labelled images to pretrain a small backbone on, none of them the generated data set's.
 *
 * A class is a family of patterns (weaves, grains, tilings, dots, cells, polygons, strokes, fibres, noise of a given
 * roughness ...) with the parameters that define it; within a class everything else varies widely: scale, rotation,
 * colours, contrast, light, blur, noise. Telling the classes apart takes fine local structure, and in some classes
 * colour. Images are drawn from {seed, index} alone, with the same bytes on every machine.
 */
#ifndef SN_DATASETS_GENERATED_PRETRAINING_H
#define SN_DATASETS_GENERATED_PRETRAINING_H

#include <stdbool.h>
#include <stdint.h>

enum { SN_PRETRAINING_MIN_SIZE = 16, SN_PRETRAINING_MAX_SIZE = 512 };

int sn_pretraining_class_count(void);

/* "weave, twill", for tables; NULL and an error when label is out of range. */
const char *sn_pretraining_class_name(int label);

/* Draws image index (0 and up) of a seed: rgb receives [size, size, 3] bytes, *label its class, which runs through all
 * classes once in every sn_pretraining_class_count() consecutive indices, in an order that differs from round to round.
 * A size out of range or a negative index is an error. May be called from several threads at once. */
bool sn_pretraining_draw(uint64_t seed, int64_t index, int64_t size, uint8_t *rgb, int *label);

#endif
