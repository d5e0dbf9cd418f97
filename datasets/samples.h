/* Lists of photographs with their labels and masks. */
#ifndef SN_DATASETS_SAMPLES_H
#define SN_DATASETS_SAMPLES_H

#include <stdbool.h>
#include <stdint.h>

enum { SN_GOOD = 0, SN_DEFECTIVE = 1 };

typedef struct SnSample {
  char *path;        /* the image's file; for CIFAR-10 the batch file that holds it */
  int64_t record;    /* the image's number in a batch file, from 0; -1 where the file is the image */
  char **mask_paths; /* the defect is the union of these (MVTec LOCO has several an image) */
  int64_t mask_count;
  int label;      /* SN_GOOD or SN_DEFECTIVE */
  char *kind;     /* the defect's name ("broken_large"), "good", or for CIFAR-10 the class */
  int64_t damage; /* number of a synthetic defect, from 1, that is drawn on the photograph when it is loaded and is
                   * its ground truth (datasets/synthetic/); 0: none */
  uint64_t damage_seed; /* that the defect is drawn from */
} SnSample;

typedef struct SnSamples {
  SnSample *items;
  int64_t count;
} SnSamples;

/* Appends a sample without masks; texts are copied. The pointer is valid until the next append. */
SnSample *sn_samples_append(SnSamples *samples, const char *path, int64_t record, int label, const char *kind);
void sn_samples_free(SnSamples *samples);

/* Orders by path as bytes, then by record. */
void sn_samples_sort(SnSamples *samples);

bool sn_sample_add_mask(SnSample *sample, const char *path);

/* How many of the samples are defective. */
int64_t sn_samples_defective(const SnSamples *samples);

/* Takes out `count` samples, given by their positions in ascending order. */
void sn_samples_remove(SnSamples *samples, const int64_t *positions, int64_t count);

#endif
