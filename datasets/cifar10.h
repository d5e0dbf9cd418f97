/* CIFAR-10's binary batches (Krizhevsky 2009): records of one label byte and 32 x 32 pixels, red, green, blue planes.
 */
#ifndef SN_DATASETS_CIFAR10_H
#define SN_DATASETS_CIFAR10_H

#include <stdbool.h>
#include <stdint.h>

#include "datasets/image.h"

enum { SN_CIFAR10_SIDE = 32, SN_CIFAR10_CLASSES = 10, SN_CIFAR10_RECORD_SIZE = 1 + 3 * 32 * 32 };

/* Reads the photograph of one record, from 0. Errors name the file. */
bool sn_cifar10_read(const char *path, int64_t record, SnImage *image);

#endif
