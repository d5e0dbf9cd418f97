/* A generated data set in MVTec AD's layout, drawn from a seed: textures and objects, good and defective, with masks.
 *
 * Every image is a relief (height, colour, gloss) that is lit, photographed with a little blur and noise, and never
 * the same twice: place, rotation, light, colour and texture vary in good images too. A defective image is the good
 * image of the same index with one defect added, and both are equal outside the mask, byte for byte. Only integers and
 * correctly rounded single-precision + - * / sqrt are used, so every machine draws the same bytes.
 *
 *     SnGenerateOptions options = sn_generate_options();
 *     options.seed = 7;
 *     if (!sn_generate_dataset("generated", &options, NULL, NULL)) fprintf(stderr, "%s\n", sn_error());
 */
#ifndef SN_DATASETS_GENERATED_GENERATE_H
#define SN_DATASETS_GENERATED_GENERATE_H

#include <stdbool.h>
#include <stdint.h>

typedef enum SnGeneratedKind { SN_GENERATED_TEXTURE, SN_GENERATED_OBJECT } SnGeneratedKind;

enum { SN_GENERATED_GOOD = -1, SN_GENERATED_MAX_DEFECTS = 8 };

typedef struct SnGeneratedCategory {
  const char *name; /* also its folder's */
  SnGeneratedKind kind;
  int defect_count;
  const char *defects[SN_GENERATED_MAX_DEFECTS]; /* names, also folders, in alphabetical order */
} SnGeneratedCategory;

/* All categories, also those that are held out. */
int sn_generated_category_count(void);

/* Categories 0 to this less 1 are drawn unless others are asked for. The rest are held out: no setting of this program
 * was chosen by them. */
int sn_generated_default_count(void);

/* Static memory; NULL and an error unless 0 <= category < sn_generated_category_count(). */
const SnGeneratedCategory *sn_generated_category(int category);

/* The number of the category of that name; -1 and an error that lists the names when there is none. */
int sn_generated_find_category(const char *name);

/* The numbers c of categories named with commas between, as bits 1 << c; 0 and an error that lists the names when one
 * is unknown or there is none. */
uint32_t sn_generated_find_categories(const char *names);

enum { SN_GENERATED_MIN_SIZE = 64, SN_GENERATED_MAX_SIZE = 2048 };

/* Draws one image. defect is a position in the category's list, or SN_GENERATED_GOOD; index (0 to 2^32 - 1) numbers
 * the images of a seed. rgb receives [size, size, 3] bytes (sRGB, rows from the top); mask, which may be NULL,
 * receives [size, size] bytes, 255 where the defect visibly changes the image (before noise) and 0 elsewhere. Defects
 * lie mostly in the middle 7/8 of the image, which a crop from 256 to 224 keeps, and how plain or faint one is runs
 * evenly over consecutive indices. Parameters out of range, or no memory, are an error. May be called from several
 * threads at once. */
bool sn_generated_draw(int category, uint64_t seed, int64_t index, int defect, int64_t size, uint8_t *rgb,
                       uint8_t *mask);

typedef struct SnGenerateOptions {
  uint64_t seed;       /* 0 */
  int64_t size;        /* 256: width and height of the images */
  int64_t train;       /* 40: good training images of a category */
  int64_t test_good;   /* 12: good test images of a category */
  int64_t per_defect;  /* 6: test images of each kind of defect */
  uint32_t categories; /* bit c: category c is drawn; those that are not held out */
  int threads;         /* 0: as many as there are processors; does not change the images */
} SnGenerateOptions;

SnGenerateOptions sn_generate_options(void);

static inline bool sn_generated_is_drawn(const SnGenerateOptions *options, int category) {
  return options->categories >> category & 1;
}

/* How many of the images exist by now. Called after each image, one call at a time, from whichever thread drew it. */
typedef void (*SnGenerateProgress)(void *context, int64_t done, int64_t total);

/* Writes the categories below directory, which is made when absent:
 *
 *     generated.txt                          what was drawn: version, seed, size, counts, categories
 *     CATEGORY/train/good/000.png
 *     CATEGORY/test/good/000.png
 *     CATEGORY/test/DEFECT/000.png
 *     CATEGORY/ground_truth/DEFECT/000_mask.png
 *
 * The images of a category do not depend on which others are drawn. Nothing is ever overwritten. A directory that holds
 * a generated.txt of the same text is completed: files that are there are kept, missing ones are drawn, so an
 * interrupted run can be resumed. Any other directory that is not empty is an error. Files appear whole or not at all.
 * progress may be NULL. */
bool sn_generate_dataset(const char *directory, const SnGenerateOptions *options, SnGenerateProgress progress,
                         void *context);

#endif
