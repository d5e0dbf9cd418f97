/* Photographs that arrive in a folder and its sub-folders, each handed out once it is whole.
 *
 *     SnArrivals *arrivals = sn_arrivals_open("inbox", &options);
 *     for (SnNames paths = {0}; sn_arrivals_next(arrivals, 8, 0.25, &paths); sn_names_free(&paths))
 *       ...
 *     sn_arrivals_close(arrivals);
 *
 * A file is whole when its writer has closed it, or it was moved or linked there. One that is found by looking, since
 * it was there before or the system kept no more events, is whole when it has rested for SN_ARRIVAL_REST seconds. A
 * file is known by device and inode, size and times: under another name it does not come again, and changed it does.
 * Files with no image's name (.part, .tmp), with a dot in front, or named as pictures that this program draws are none.
 * Links are followed. Linux tells of files that this machine writes; not of those that others write on a shared disk.
 */
#ifndef SN_DATASETS_ARRIVALS_H
#define SN_DATASETS_ARRIVALS_H

#include "base/file.h"
#include "datasets/left_out.h"

#define SN_ARRIVAL_REST 1.0

typedef struct SnArrivals SnArrivals;

typedef struct SnArrivalOptions {
  const char *without; /* a folder that is not looked into, or NULL */
  bool only_new;       /* what is there already does not count, until it changes */
  SnLeftOut *left_out; /* counts what is there already and is not taken; may be NULL */
} SnArrivalOptions;

/* From now on nothing that arrives is missed. NULL and an error when the folder cannot be watched. */
SnArrivals *sn_arrivals_open(const char *folder, const SnArrivalOptions *options);
void sn_arrivals_close(SnArrivals *arrivals); /* NULL is allowed */

/* Waits up to `seconds`, and shorter when a signal comes or something is there, and appends up to `most` photographs in
 * the order in which they arrived. */
bool sn_arrivals_next(SnArrivals *arrivals, int64_t most, double seconds, SnNames *paths);

typedef enum SnArrivalFailure {
  SN_ARRIVAL_WAITS, /* it will come once more: it has changed meanwhile, or it may be half written */
  SN_ARRIVAL_GONE,
  SN_ARRIVAL_BROKEN
} SnArrivalFailure;

/* What it means that a photograph of the last call, by its position, could not be read. */
SnArrivalFailure sn_arrivals_failed(SnArrivals *arrivals, int64_t index);

/* How many wait. */
int64_t sn_arrivals_waiting(const SnArrivals *arrivals);

/* Why the folder is not watched any more: "was removed"; NULL while it is. Nothing arrives then. */
const char *sn_arrivals_ended(const SnArrivals *arrivals);

#endif
