/* The kinds of files that the program writes, and how it knows each as its own: PNG and JPEG files carry the program's
 * name for that, everything else is known by its shape. */
#ifndef SN_REPORT_OUTPUT_KINDS_H
#define SN_REPORT_OUTPUT_KINDS_H

#include "base/outputs.h"
#include "base/version.h"

enum {
  SN_OUTPUT_HEATMAP,     /* PNG: of one photograph, named with a suffix of base/outputs.h */
  SN_OUTPUT_NAMED_MAP,   /* TIFF: an anomaly map, named so */
  SN_OUTPUT_PICTURE,     /* PNG: of several photographs */
  SN_OUTPUT_SHEET,       /* JPEG: of several photographs */
  SN_OUTPUT_MAP,         /* TIFF: an anomaly map */
  SN_OUTPUT_PAGE,        /* HTML */
  SN_OUTPUT_PLOT,        /* SVG */
  SN_OUTPUT_SCORES,      /* CSV: of photographs */
  SN_OUTPUT_TEST_SCORES, /* CSV: of labelled photographs */
  SN_OUTPUT_TRAINING,    /* CSV: the epochs of a training */
  SN_OUTPUT_TUNING,      /* CSV: the settings that were tried */
  SN_OUTPUT_METRICS,     /* JSON: of a test */
  SN_OUTPUT_SEEDS,       /* CSV: a training's seeds */
  SN_OUTPUT_SEEDS_NOTE,  /* JSON: their mean and deviation */
  SN_OUTPUT_MAPS_NOTE,   /* JSON: which photographs the maps are of */
  SN_OUTPUT_COST,        /* JSON: time and memory of a trial */
  SN_OUTPUT_CHOICES,     /* JSON: algorithms that were measured */
  SN_OUTPUT_RUN,         /* JSON: what a study ran */
  SN_OUTPUT_TABLE1,      /* CSV: by category */
  SN_OUTPUT_TABLE1_TEXT, /* Markdown: the same */
  SN_OUTPUT_TABLE5,      /* CSV: by class */
  SN_OUTPUT_VARIANTS,    /* CSV: by variant */
  SN_OUTPUT_TRIALS,      /* CSV: by trial */
  SN_OUTPUT_SPREAD,      /* CSV: spread of the features */
  SN_OUTPUT_STEPS,       /* CSV: the steps of a pretraining */
  SN_OUTPUT_MODEL,       /* safetensors: a model */
  SN_OUTPUT_DETECTOR,    /* safetensors: a model and its backbone's weights */
  SN_OUTPUT_ONNX,        /* ONNX: the same */
  SN_OUTPUT_CHECKPOINT,  /* safetensors: the state of a training */
  SN_OUTPUT_CONVERTED,   /* safetensors: converted weights */
  SN_OUTPUT_FEATURES,    /* safetensors: levels of photographs */
  SN_OUTPUT_PRETRAINED,  /* safetensors: a pretrained backbone */
  SN_OUTPUT_KINDS
};

extern const SnOutputKind sn_output_kinds[SN_OUTPUT_KINDS];

/* The text that PNG and JPEG files of ours hold: the value of a PNG's keyword "Software", a JPEG's comment. */
#define SN_OUTPUT_MARK SN_PROGRAM

#endif
