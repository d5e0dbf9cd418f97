/* Photographs named on the command line, one by one or by folders. */
#ifndef SN_CLI_PHOTOGRAPHS_H
#define SN_CLI_PHOTOGRAPHS_H

#include "base/file.h"
#include "datasets/samples.h"

typedef struct SnPhotographs {
  SnSamples samples; /* good, as far as is known */
  SnNames roots;     /* the folders named, and those that the files named are in: outputs mirror what is below them */
} SnPhotographs;

/* Appends those of a folder and its sub-folders, but not what lies in `out`, a folder of results or NULL; says on
 * stderr what was left out. An error when there are none. */
bool sn_add_folder_of_photographs(const char *folder, const char *out, SnSamples *samples);

/* All that is named: photographs, folders, shell patterns where there is no file of that name, and "-" for
 * names on standard input. Pictures that this program drew are left out, and said. An error when none are left. */
bool sn_find_named_photographs(int count, char **names, const char *out, SnPhotographs *photographs);

void sn_photographs_free(SnPhotographs *photographs);

#endif
