/* What is in a folder of photographs and is not taken: how many, why, and one of them by name, so that nothing is
 * left out in silence. */
#ifndef SN_DATASETS_LEFT_OUT_H
#define SN_DATASETS_LEFT_OUT_H

#include <stdbool.h>
#include <stdint.h>

typedef enum SnLeftOutReason {
  SN_LEFT_OUT_FORMAT,   /* a file whose name does not end as an image's */
  SN_LEFT_OUT_OWN,      /* a picture that this program drew */
  SN_LEFT_OUT_PLACE,    /* a photograph where the layout expects folders */
  SN_LEFT_OUT_FOLDER,   /* a folder where the layout expects photographs */
  SN_LEFT_OUT_EXCLUDED, /* a folder that is named for something else */
  SN_LEFT_OUT_AGAIN,    /* these five as in base/walk.h */
  SN_LEFT_OUT_DEEP,
  SN_LEFT_OUT_DANGLING,
  SN_LEFT_OUT_SPECIAL,
  SN_LEFT_OUT_UNREADABLE,
  SN_LEFT_OUT_REASONS
} SnLeftOutReason;

enum { SN_LEFT_OUT_ENDINGS = 12 };

typedef struct SnLeftOut {
  int64_t counts[SN_LEFT_OUT_REASONS];
  char *examples[SN_LEFT_OUT_REASONS]; /* the first path in byte order; NULL where the count is 0 */
  /* Of SN_LEFT_OUT_FORMAT: the endings of the names in small letters, "" for none, in the order in which they came. The
   * count of those beyond the last is that of all minus theirs. */
  struct SnEndingCount {
    char text[16];
    int64_t count;
  } endings[SN_LEFT_OUT_ENDINGS];
  int ending_count;
} SnLeftOut;

/* Counts one; false and an error when memory is short. */
bool sn_left_out_add(SnLeftOut *left_out, SnLeftOutReason reason, const char *path);

/* "20 files that are no images this program reads (16 heic, 4 gif), such as photos/a.heic"; to be released with free().
 * NULL, without an error, where there are none for that reason. */
char *sn_left_out_text(const SnLeftOut *left_out, SnLeftOutReason reason);

/* Releases the examples and empties it. */
void sn_left_out_free(SnLeftOut *left_out);

#endif
