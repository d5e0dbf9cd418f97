/* What `predict` writes of each photograph beside its score: --save. */
#ifndef SN_CLI_SAVED_PICTURES_H
#define SN_CLI_SAVED_PICTURES_H

#include "anomaly/settings.h"
#include "base/outputs.h"
#include "cli/pictures.h"
#include "datasets/load.h"

typedef enum SnSavedKind {
  SN_SAVED_PANEL,   /* PNG: photograph and heat map side by side, with score and legend */
  SN_SAVED_OVERLAY, /* PNG: the heat map over the photograph */
  SN_SAVED_MASK,    /* PNG, 8 bits grey: 255 where the map reaches the threshold, else 0 */
  SN_SAVED_MAP,     /* TIFF: the map's values */
  SN_SAVED_KINDS
} SnSavedKind;

/* The last three have the photograph's size. Where the model does not look, the overlay shows the plain photograph, the
 * mask is 0 and the map holds its minimum, as export-maps has it. */
typedef struct SnSavedPictures {
  bool wanted[SN_SAVED_KINDS];
  SnOutputNames names[SN_SAVED_KINDS];
} SnSavedPictures;

/* "panel,mask": kinds parted by commas. NULL: the panel. */
bool sn_read_saved_kinds(const char *text, SnSavedPictures *saved);

/* Names for all photographs of a list, below folder; or for one of many that are not known, below root. To be released
 * with sn_free_saved_names(). */
bool sn_name_saved(SnSavedPictures *saved, const SnSamples *samples, const char *folder, const SnNames *roots);
bool sn_name_saved_one(SnSavedPictures *saved, const char *path, const char *folder, const char *root);
void sn_free_saved_names(SnSavedPictures *saved);

/* All the names as what is written. */
bool sn_outputs_write_saved(SnOutputs *outputs, const SnSavedPictures *saved);

/* Writes them. threshold: of score and map; NaN: none, which the mask needs. */
bool sn_save_pictures(const SnSavedPictures *saved, const SnViewSettings *view, const SnPictureOf *what,
                      const SnScale *scale, double threshold);

#endif
