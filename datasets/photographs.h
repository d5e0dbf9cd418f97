/* The photographs of a folder, and what else is there. */
#ifndef SN_DATASETS_PHOTOGRAPHS_H
#define SN_DATASETS_PHOTOGRAPHS_H

#include <stdbool.h>

#include "base/file.h"
#include "datasets/left_out.h"
#include "datasets/samples.h"

/* The extensions of images, for messages. */
#define SN_IMAGE_EXTENSIONS "png, jpg, jpeg, bmp, tif, tiff or webp"

/* Whether the name ends in one of them, in either case. False for the names of pictures that this program draws
 * (sn_is_own_output_name). */
bool sn_is_image_name(const char *name);

typedef struct SnPhotographSearch {
  bool sub_folders;           /* look into them, too */
  bool keep_unreadable;       /* what has an image's name but is no file is found, too, to be named by who reads it */
  const char *const *without; /* folders that are not looked into, as in SnWalk */
  int without_count;
  bool (*folder)(void *context, const char *path); /* as in SnWalk; may be NULL */
  void *context;
} SnPhotographSearch;

/* Appends the paths of the folder's photographs, in byte order, to *paths, and counts in *left_out, which may be NULL,
 * what is not taken. search NULL: all of it false. False and an error when the folder cannot be listed. */
bool sn_find_photographs(const char *folder, const SnPhotographSearch *search, SnNames *paths, SnLeftOut *left_out);

/* Appends the photographs of a folder and its sub-folders, as good ones, but not what lies in `out`, a folder of
 * results or NULL. An error when there are none. */
bool sn_samples_append_folder(SnSamples *samples, const char *folder, const char *out, SnLeftOut *left_out);

#endif
