/* What the program writes is worked out before the work begins, and compared with what it reads and with what is there
 * already: nothing that is read is ever replaced, and no file but an earlier output of the same name and kind.
 *
 *     SnOutputs outputs = {.kinds = kinds};
 *     sn_outputs_read(&outputs, "photographs/000.png");
 *     sn_outputs_write(&outputs, SCORES, "results", "scores.csv");
 *     bool clear = sn_outputs_check(&outputs);
 *     sn_outputs_free(&outputs);
 */
#ifndef SN_BASE_OUTPUTS_H
#define SN_BASE_OUTPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/file.h"

/* The ends of the names of what is written of one photograph. Files of such names are never taken as input, so they may
 * go into the folder of the photographs. None ends in another. */
#define SN_HEATMAP_SUFFIX "_heatmap.png"
#define SN_OVERLAY_SUFFIX "_overlay.png"
#define SN_MASK_SUFFIX "_pred_mask.png" /* not _mask.png, as the ground truth of data sets is called */
#define SN_MAP_SUFFIX "_anomaly_map.tiff"

/* Whether a file's name, or its path, ends in one of them, in upper or lower case. */
bool sn_is_own_output_name(const char *name);

/* A kind of output, and how the program knows a file as one of its own: by bytes that all files of the kind begin with,
 * or that every one of them has near its beginning. */
typedef struct SnOutputKind {
  const char *what; /* for messages: "a table of scores" */
  const char *bytes;
  size_t size;   /* of the bytes */
  bool is_first; /* the file begins with the bytes; else they are anywhere in its first 4096 */
  bool is_image; /* a search for photographs would find it */
} SnOutputKind;

typedef struct SnOutput SnOutput;
typedef struct SnInput SnInput;

typedef struct SnOutputs {
  const SnOutputKind *kinds; /* the program's table; not owned */
  SnOutput *items;
  SnInput *inputs;
  int64_t count, input_count;
} SnOutputs;

/* A file that is read; NULL is left out. */
bool sn_outputs_read(SnOutputs *outputs, const char *path);

/* A photograph or a mask that is read, whose folder is therefore one that is searched; or such a folder itself. */
bool sn_outputs_read_image(SnOutputs *outputs, const char *path);

/* A file that will be written: folder/name. kind: its position in outputs->kinds. */
bool sn_outputs_write(SnOutputs *outputs, int kind, const char *folder, const char *name);

/* Compares all that was named. An error, naming both files, when an output
 * - is a file that is read, be it by another name, a link or in other letters (device and inode are compared), or
 * - is named twice, or is a folder that holds another,
 * and an error that names the file when an output is there already and is not one of its kind, or when a later search
 * would take it for a photograph: an image without such an end, in or below a folder that is searched. */
bool sn_outputs_check(SnOutputs *outputs);
void sn_outputs_free(SnOutputs *outputs);

#endif
