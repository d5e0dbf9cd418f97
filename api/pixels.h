/* Pixels as a program has them -> an image as the view takes it. */
#ifndef SN_API_PIXELS_H
#define SN_API_PIXELS_H

#include "datasets/image.h"
#include "simplenet.h"

/* A copy in red, green, blue, or grey of one channel; to be freed with sn_image_free. False and an error where the
 * description makes no sense. */
bool sn_image_from_pixels(const SnPixels *pixels, SnImage *image);

#endif
