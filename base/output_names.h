/* Names for files that are written one a photograph. They mirror the photographs' folders below the folder that all of
 * them have in common, no two are the same, and none is longer than a file system takes.
 *
 * A photograph `x/000.png` becomes `x/000_heatmap.png`. Where `x/000.jpg` is there as well, both keep their extensions:
 * `x/000.png_heatmap.png`. Where that is not enough (names that differ in upper and lower case only), or the name is
 * too long, a part of the SHA-256 of the photograph's own name is added. */
#ifndef SN_BASE_OUTPUT_NAMES_H
#define SN_BASE_OUTPUT_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/file.h"

/* The absolute path without ".", ".." and double slashes ("/" for the root), to be released with free(). Links are not
 * followed: folders are mirrored as they were named. */
char *sn_plain_path(const char *path);

/* What a file is written for. Everything is borrowed. */
typedef struct SnOutputSource {
  const char *path;  /* of the photograph, or of the file that holds it among others */
  int64_t record;    /* its number there; -1 where the file is the photograph */
  const char *group; /* a folder below the output folder ("test/good"); groups have common folders of their own. NULL:
                        the output folder itself */
} SnOutputSource;

typedef struct SnOutputName SnOutputName;

typedef struct SnOutputNames {
  char *folder;        /* the output folder */
  SnOutputName *items; /* by photograph */
  int64_t count;
} SnOutputNames;

/* Works out the names; nothing is written or read, but for the current directory. suffix: "_heatmap.png". roots, which
 * may be NULL: folders that were named, and whose common folder takes the place of the photographs'. A source that is
 * there twice has one name. */
bool sn_output_names_make(const char *folder, const char *suffix, const SnOutputSource *sources, int64_t count,
                          const SnNames *roots, SnOutputNames *names);

/* The same for one photograph below `root`, of which the others are not known: its name keeps its extension, and so is
 * that of no other photograph there, whenever it comes. */
bool sn_output_names_make_one(const char *folder, const char *suffix, const char *path, const char *root,
                              SnOutputNames *names);
void sn_output_names_free(SnOutputNames *names);

/* The name below the output folder, for a source of the list; an error for any other. Valid until the names are freed.
 */
const char *sn_output_name(const SnOutputNames *names, const char *path, int64_t record);

/* The output folder and the name, to be released with free(). */
char *sn_output_path(const SnOutputNames *names, const char *path, int64_t record);

/* The i-th name in the order of their photographs, below the output folder. */
const char *sn_output_name_at(const SnOutputNames *names, int64_t i);

#endif
