/* Work in child processes: each has its own memory, which goes when it ends, and one that dies takes nothing along.
 * When the parent dies, they die. What they say is pulled:
 *
 *     SnChildren *children = sn_children_new(work, context, count, jobs);
 *     for (SnChildEvent event; sn_children_next(children, &event);) hear(&event);
 */
#ifndef SN_STUDIES_CHILDREN_H
#define SN_STUDIES_CHILDREN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* What a child says to its parent; what kind and values mean is between the two. */
typedef struct SnMessage {
  int64_t kind; /* 0 or more */
  double values[6];
} SnMessage;

/* Runs in the child with the descriptor to send to. False: it failed, with an error, or was told to stop, without. */
typedef bool (*SnChildWork)(void *context, int64_t item, int descriptor);

typedef enum SnChildEventKind {
  SN_CHILD_MESSAGE,
  SN_CHILD_DONE,
  SN_CHILD_STOPPED, /* after an interruption */
  SN_CHILD_FAILED   /* or died */
} SnChildEventKind;

typedef struct SnChildEvent {
  SnChildEventKind kind;
  int64_t item;
  SnMessage message;
  char error[SN_ERROR_LENGTH]; /* why it failed */
} SnChildEvent;

typedef struct SnChildren SnChildren;

enum { SN_MAX_CHILDREN = 256 };

/* For the items 0 … count - 1, at most `jobs` (and SN_MAX_CHILDREN) at a time, in order; in the innermost scope. */
SnChildren *sn_children_new(SnChildWork work, void *context, int64_t count, int64_t jobs);

/* Waits for the next event. After an interruption (base/interrupt.h), and while an error is pending, nothing new is begun,
 * and those at work are told to stop and waited for. False when all have ended. */
bool sn_children_next(SnChildren *children, SnChildEvent *event);

/* In the child, which ends here when its parent has gone. */
void sn_child_send(int descriptor, const SnMessage *message);

#endif
