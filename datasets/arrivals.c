#include "datasets/arrivals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file_set.h"
#include "base/folder_watch.h"
#include "base/memory.h"
#include "base/walk.h"
#include "datasets/photographs.h"

/* So many known files are there at least before those that are gone are forgotten. */
enum { KNOWN_BEFORE_SWEEP = 1 << 16 };

/* A photograph on its way. */
typedef struct Arrival {
  char *path;
  double due;        /* sn_seconds() from which it is to be looked at */
  bool rests;        /* it counts when its state is still this one; else it has to rest once more */
  bool tried;        /* it could not be read in this state */
  SnFileState state; /* where it rests, was tried or is handed out */
} Arrival;

typedef struct Queue {
  Arrival *items;
  int64_t count;
} Queue;

struct SnArrivals {
  char *folder, *without;
  SnFolderWatch *watch;
  Queue waiting, taken; /* taken: what the last call handed out */
  SnFileSet known;      /* what was handed out, in which state */
  int64_t round, sweep_at;
  bool look, ignore; /* look through the folder; what is found then does not count */
  const char *ended;
};

/* ---- the queue ---- */

/* Takes over the path, which is released where memory is short. */
static bool push(Queue *queue, const Arrival *arrival) {
  Arrival *items = sn_grow(queue->items, queue->count, sizeof *items, "the photographs that wait");
  if (!items) {
    free(arrival->path);
    return false;
  }
  queue->items = items;
  items[queue->count++] = *arrival;
  return true;
}

/* Copies the path. */
static bool append(Queue *queue, const Arrival *arrival) {
  Arrival copy = *arrival;
  copy.path = sn_copy_text(arrival->path);
  return copy.path && push(queue, &copy);
}

static void empty(Queue *queue) {
  for (int64_t i = 0; i < queue->count; i++) free(queue->items[i].path);
  free(queue->items);
  *queue = (Queue){0};
}

static bool rest(SnArrivals *arrivals, char *path, const SnFileState *state, bool tried) {
  Arrival arrival = {path, sn_seconds() + SN_ARRIVAL_REST, true, tried, *state};
  return append(&arrivals->waiting, &arrival);
}

/* ---- what is known ---- */

static bool is_known(const SnArrivals *arrivals, const SnFileState *state) {
  const SnFileEntry *entry = sn_file_set_find(&arrivals->known, state);
  return entry && sn_file_state_equal(&entry->state, state);
}

static bool know(SnArrivals *arrivals, const SnFileState *state) {
  bool known;
  SnFileEntry *entry = sn_file_set_note(&arrivals->known, state, &known);
  if (!entry) return false;
  entry->state = *state;
  entry->round = arrivals->round;
  return true;
}

/* Lets it be handed out again: no file has a size of -1. */
static void unknow(SnArrivals *arrivals, const SnFileState *state) {
  SnFileEntry *entry = sn_file_set_find(&arrivals->known, state);
  if (entry) entry->state.size = -1;
}

/* ---- looking through the folder ---- */

static bool watch_folder(void *context, const char *path) {
  return sn_folder_watch_add(((SnArrivals *)context)->watch, path);
}

static bool has_rested(const SnFileState *state) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec - 1e-9 * (double)state->written > SN_ARRIVAL_REST;
}

static bool find_file(SnArrivals *arrivals, char *path) {
  SnFileState state;
  if (!sn_file_state(path, &state, NULL)) return true; /* it is gone */
  if (is_known(arrivals, &state) || arrivals->ignore) return know(arrivals, &state);
  if (!has_rested(&state)) return rest(arrivals, path, &state, false);
  Arrival arrival = {.path = path, .due = sn_seconds()};
  return append(&arrivals->waiting, &arrival);
}

static int compare_paths(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* What waits for its turn is found again by a look through the folder; what rests goes on resting. Marks those of the
 * paths, which are in byte order, that rest. */
static void keep_resting(Queue *waiting, const SnNames *paths, bool *rests) {
  int64_t kept = 0;
  for (int64_t i = 0; i < waiting->count; i++) {
    Arrival *arrival = &waiting->items[i];
    char **found = bsearch(&arrival->path, paths->items, (size_t)paths->count, sizeof *paths->items, compare_paths);
    if (found && arrival->rests) {
      rests[found - paths->items] = true;
      waiting->items[kept++] = *arrival;
    } else {
      free(arrival->path);
    }
  }
  waiting->count = kept;
}

/* Watches all folders, takes in what is there, and forgets what is not. */
static bool look_through(SnArrivals *arrivals, SnLeftOut *left_out) {
  const char *without = arrivals->without;
  SnNames paths = {0};
  SnPhotographSearch search = {
      .sub_folders = true, .without = &without, .without_count = 1, .folder = watch_folder, .context = arrivals};
  arrivals->look = false;
  arrivals->round++;
  sn_find_photographs(arrivals->folder, &search, &paths, left_out);
  bool *rests = sn_allocate(paths.count, sizeof *rests, "the watch of a folder");
  if (rests) keep_resting(&arrivals->waiting, &paths, rests);
  for (int64_t i = 0; i < paths.count && sn_ok(); i++)
    if (!rests[i]) find_file(arrivals, paths.items[i]);
  free(rests);
  sn_names_free(&paths);
  if (!sn_ok()) return false;
  sn_folder_watch_keep_added(arrivals->watch);
  sn_file_set_keep(&arrivals->known, arrivals->round);
  arrivals->sweep_at = 2 * arrivals->known.count;
  if (arrivals->sweep_at < KNOWN_BEFORE_SWEEP) arrivals->sweep_at = KNOWN_BEFORE_SWEEP;
  return sn_ok();
}

/* The folder itself may have gone since the last event. */
static bool look_again(SnArrivals *arrivals) {
  SnError error;
  if (look_through(arrivals, NULL)) return true;
  if (sn_is_directory(arrivals->folder) || !sn_error_forgive(&error)) return false;
  arrivals->ended = "was removed";
  return true;
}

SnArrivals *sn_arrivals_open(const char *folder, const SnArrivalOptions *options) {
  SnArrivals *arrivals = sn_allocate(1, sizeof *arrivals, "the watch of a folder");
  if (!arrivals) return NULL;
  arrivals->folder = sn_copy_text(folder);
  arrivals->without = options->without ? sn_copy_text(options->without) : NULL;
  arrivals->watch = sn_folder_watch_open();
  arrivals->ignore = options->only_new;
  if (sn_ok()) look_through(arrivals, options->left_out);
  arrivals->ignore = false;
  if (sn_ok()) return arrivals;
  sn_arrivals_close(arrivals);
  return NULL;
}

void sn_arrivals_close(SnArrivals *arrivals) {
  if (!arrivals) return;
  sn_folder_watch_close(arrivals->watch);
  empty(&arrivals->waiting);
  empty(&arrivals->taken);
  sn_file_set_free(&arrivals->known);
  free(arrivals->folder);
  free(arrivals->without);
  free(arrivals);
}

/* ---- handing out ---- */

/* Seconds until the first that waits is due, at most `seconds`. */
static double time_to_wait(const SnArrivals *arrivals, double seconds) {
  double now = sn_seconds();
  for (int64_t i = 0; i < arrivals->waiting.count; i++)
    if (arrivals->waiting.items[i].due - now < seconds) seconds = arrivals->waiting.items[i].due - now;
  return seconds > 0 ? seconds : 0;
}

static bool take_events(SnArrivals *arrivals, double seconds) {
  SnFolderEvents events = {.ended = NULL};
  sn_folder_watch_read(arrivals->watch, (int)(1000 * seconds + 0.999), &events);
  for (int64_t i = 0; i < events.arrived.count && sn_ok(); i++) {
    Arrival arrival = {.path = events.arrived.items[i], .due = sn_seconds()};
    if (sn_is_image_name(sn_path_name(arrival.path))) append(&arrivals->waiting, &arrival);
  }
  sn_names_free(&events.arrived);
  arrivals->look |= events.must_look_again || arrivals->known.count > arrivals->sweep_at;
  if (events.ended) arrivals->ended = events.ended;
  return sn_ok();
}

/* Hands out one that is due, unless it is gone, no file, known, or has to rest once more. */
static bool hand_out(SnArrivals *arrivals, Arrival *arrival, SnNames *paths) {
  Arrival taken = {.path = arrival->path};
  mode_t mode = S_IFREG;
  bool seen = sn_file_state(arrival->path, &taken.state, &mode);
  if (!seen && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) return true;
  if (!S_ISREG(mode) || (seen && is_known(arrivals, &taken.state))) return true;
  bool rested = seen && sn_file_state_equal(&taken.state, &arrival->state);
  if (arrival->rests && !rested) return rest(arrivals, arrival->path, &taken.state, false);
  taken.tried = arrival->tried && rested;
  return (!seen || know(arrivals, &taken.state)) && append(&arrivals->taken, &taken) &&
         sn_names_append(paths, arrival->path);
}

/* What is not due stays in its place, and what has to rest once more comes after it. */
static bool hand_out_due(SnArrivals *arrivals, int64_t most, SnNames *paths) {
  Queue queue = arrivals->waiting;
  int64_t kept = 0;
  double now = sn_seconds();
  arrivals->waiting = (Queue){0};
  for (int64_t i = 0; i < queue.count; i++) {
    Arrival *item = &queue.items[i];
    if (item->due > now || arrivals->taken.count == most || !sn_ok()) {
      queue.items[kept++] = *item;
    } else {
      hand_out(arrivals, item, paths);
      free(item->path);
    }
  }
  queue.count = kept;
  for (int64_t i = 0; i < arrivals->waiting.count; i++) push(&queue, &arrivals->waiting.items[i]);
  free(arrivals->waiting.items);
  arrivals->waiting = queue;
  return sn_ok();
}

bool sn_arrivals_next(SnArrivals *arrivals, int64_t most, double seconds, SnNames *paths) {
  empty(&arrivals->taken);
  if (!sn_ok() || !take_events(arrivals, time_to_wait(arrivals, seconds))) return false;
  if (arrivals->look && !arrivals->ended && !look_again(arrivals)) return false;
  return hand_out_due(arrivals, most, paths);
}

SnArrivalFailure sn_arrivals_failed(SnArrivals *arrivals, int64_t index) {
  Arrival *taken = &arrivals->taken.items[index];
  SnFileState state;
  unknow(arrivals, &taken->state);
  if (!sn_file_state(taken->path, &state, NULL))
    return errno == ENOENT || errno == ENOTDIR ? SN_ARRIVAL_GONE : SN_ARRIVAL_BROKEN;
  bool changed = !sn_file_state_equal(&state, &taken->state);
  if (!changed && taken->tried) {
    know(arrivals, &state);
    return SN_ARRIVAL_BROKEN;
  }
  rest(arrivals, taken->path, &state, !changed);
  return SN_ARRIVAL_WAITS;
}

int64_t sn_arrivals_waiting(const SnArrivals *arrivals) {
  int64_t count = 0;
  for (int64_t i = 0; i < arrivals->waiting.count; i++) {
    SnFileState state;
    count += sn_file_state(arrivals->waiting.items[i].path, &state, NULL) && !is_known(arrivals, &state);
  }
  return count;
}

const char *sn_arrivals_ended(const SnArrivals *arrivals) { return arrivals->ended; }
