/* SimpleNet whole: the frozen backbone, the adaptor and the discriminator, with the settings they were made by. */
#ifndef SN_MODELS_SIMPLENET_MODEL_H
#define SN_MODELS_SIMPLENET_MODEL_H

#include "base/sha256.h"
#include "datasets/load.h"
#include "models/simplenet/adaptor.h"
#include "models/simplenet/discriminator.h"
#include "models/simplenet/notes.h"

typedef struct SnSimpleNet {
  SnSimpleNetSettings settings;
  char backbone_sha256[SN_SHA256_HEX]; /* of the backbone's weights file, or of the embedded one */
  SnBackbone *backbone;                /* NULL where only features are worked on */
  SnModule head;                       /* "pre_projection." and "discriminator.", as in the released code's ckpt.pth */
  SnAdaptor *adaptor;
  SnDiscriminator *discriminator;
  int64_t channels, grid;        /* of local features; cells along a side of their grid */
  SnNotes notes;                 /* of the file that it was loaded from; all NaN for a new model */
  SnLargeMemory *feature_memory; /* that features of many images may take (tensor/storage.h); NULL: no limit */
} SnSimpleNet;

/* A model with an untrained head, in the innermost scope. weights: the backbone's file; NULL for the backbone
 * "embedded" stands for the weights linked into the program, and is an error for any other. */
SnSimpleNet *sn_simplenet_new(const SnSimpleNetSettings *settings, const char *weights);

/* A head alone, on features of `channels` channels, for float32 or float64 experiments without a backbone. */
SnSimpleNet *sn_simplenet_new_head(const SnSimpleNetSettings *settings, int64_t channels, SnDtype dtype);

/* The trained head, settings and the hash of the backbone's weights as safetensors. notes (may be NULL): further texts
 * for the file's metadata. A head that holds NaN or infinity is an error. */
bool sn_simplenet_save(const SnSimpleNet *model, const char *path, const SnStateDict *notes);

/* Reads back what sn_simplenet_save wrote. The backbone's weights must be those that the model was trained on: another
 * file is an error that names the backbone and both hashes. weights may be NULL for the backbone "embedded". Numbers
 * that cannot be worked with (sn_module_flaw, sn_read_notes) are an error that names them. */
SnSimpleNet *sn_simplenet_load(const char *path, const char *weights);

/* The settings in a saved model's texts; an error names the path and the setting that is missing or wrong. */
bool sn_simplenet_read_settings(const SnStateDict *dict, const char *path, SnSimpleNetSettings *settings);

/* The geometry in which the model looks at photographs. */
SnTransform sn_simplenet_transform(const SnSimpleNetSettings *settings);

/* How photographs and masks are decoded and brought into that geometry. */
SnLoadOptions sn_simplenet_load_options(const SnSimpleNetSettings *settings);

#endif
