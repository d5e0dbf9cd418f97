/* What the program writes is worked out before the work begins, and compared with what it reads and with what is there
 * already: nothing that is read is ever replaced, and no file but an earlier output of the same name and kind.
 *
 *     SnOutputs outputs = {0};
 *     sn_outputs_read(&outputs, "photographs/000.png");
 *     sn_outputs_write(&outputs, SN_OUTPUT_SCORES, "results", "scores.csv");
 *     bool clear = sn_outputs_check(&outputs);
 *     sn_outputs_free(&outputs);
 */
#ifndef SN_BASE_OUTPUTS_H
#define SN_BASE_OUTPUTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/file.h"
#include "base/version.h"

/* The end of the name of every picture that is drawn of one photograph. Files of such a name are never taken as input,
 * so pictures may go into the folder of the photographs. */
#define SN_HEATMAP_SUFFIX "_heatmap.png"

/* Whether a file's name, or its path, ends in that suffix, in upper or lower case. */
bool sn_is_own_output_name(const char *name);

/* How the program knows a file as its own: by the bytes that all files of the kind begin with, or that every one of
 * them has near its beginning. PNG and JPEG files carry the program's name for that (sn_png_mark and sn_jpeg_mark),
 * everything else is known by its shape. */
typedef enum SnOutputKind {
  SN_OUTPUT_HEATMAP,     /* PNG: of one photograph, named with the suffix above */
  SN_OUTPUT_PICTURE,     /* PNG: of several photographs */
  SN_OUTPUT_SHEET,       /* JPEG: of several photographs */
  SN_OUTPUT_MAP,         /* TIFF: an anomaly map */
  SN_OUTPUT_PAGE,        /* HTML */
  SN_OUTPUT_PLOT,        /* SVG */
  SN_OUTPUT_SCORES,      /* CSV: of photographs */
  SN_OUTPUT_TEST_SCORES, /* CSV: of labelled photographs */
  SN_OUTPUT_TRAINING,    /* CSV: the epochs of a training */
  SN_OUTPUT_METRICS,     /* JSON: of a test */
  SN_OUTPUT_MAPS_NOTE,   /* JSON: which photographs the maps are of */
  SN_OUTPUT_COST,        /* JSON: time and memory of a trial */
  SN_OUTPUT_RUN,         /* JSON: what a study ran */
  SN_OUTPUT_TABLE1,      /* CSV: by category */
  SN_OUTPUT_TABLE1_TEXT, /* Markdown: the same */
  SN_OUTPUT_TABLE5,      /* CSV: by class */
  SN_OUTPUT_VARIANTS,    /* CSV: by variant */
  SN_OUTPUT_TRIALS,      /* CSV: by trial */
  SN_OUTPUT_SPREAD,      /* CSV: spread of the features */
  SN_OUTPUT_STEPS,       /* CSV: the steps of a pretraining */
  SN_OUTPUT_MODEL,       /* safetensors: a detector */
  SN_OUTPUT_CHECKPOINT,  /* safetensors: the state of a training */
  SN_OUTPUT_CONVERTED,   /* safetensors: converted weights */
  SN_OUTPUT_PRETRAINED,  /* safetensors: a pretrained backbone */
  SN_OUTPUT_KINDS
} SnOutputKind;

/* The text that PNG and JPEG files of ours hold: the value of a PNG's keyword "Software", a JPEG's comment. */
#define SN_OUTPUT_MARK SN_PROGRAM

typedef struct SnOutput SnOutput;
typedef struct SnInput SnInput;

typedef struct SnOutputs {
  SnOutput *items;
  SnInput *inputs;
  int64_t count, input_count;
} SnOutputs;

/* A file that is read; NULL is left out. */
bool sn_outputs_read(SnOutputs *outputs, const char *path);

/* A photograph or a mask that is read, whose folder is therefore one that is searched; or such a folder itself. */
bool sn_outputs_read_image(SnOutputs *outputs, const char *path);

/* A file that will be written: folder/name. */
bool sn_outputs_write(SnOutputs *outputs, SnOutputKind kind, const char *folder, const char *name);

/* Compares all that was named. An error, naming both files, when an output
 * - is a file that is read, be it by another name, a link or in other letters (device and inode are compared), or
 * - is named twice, or is a folder that holds another,
 * and an error that names the file when an output is there already and is not one of its kind, or when a later search
 * would take it for a photograph: an image without the suffix above, in or below a folder that is searched. */
bool sn_outputs_check(SnOutputs *outputs);
void sn_outputs_free(SnOutputs *outputs);

#endif
