/* Work in child processes: each has its own memory, which goes when it ends, and one that dies takes nothing along.
 * When the parent dies, they die. */
#ifndef SN_CLI_CHILDREN_H
#define SN_CLI_CHILDREN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What a child tells its parent; the meaning of the values is between the two. */
typedef struct SnMessage {
  int64_t kind;
  double values[6];
} SnMessage;

/* Runs in the child with the descriptor to send to, and returns an exit status. */
typedef int (*SnChildWork)(void *context, int64_t item, int descriptor);

typedef struct SnChildren {
  SnChildWork work;
  void (*heard)(void *context, int64_t item, const SnMessage *message);
  void (*ended)(void *context, int64_t item, int status); /* SN_EXIT_..., or SN_EXIT_FAILURE for one that died */
  void *context;
} SnChildren;

/* Does the items 0 … count - 1, at most `jobs` at a time, in order. After an interruption nothing new is begun, and
 * those at work are told to stop and waited for. False only when processes cannot be made: then an error stands. */
bool sn_children_run(const SnChildren *children, int64_t count, int64_t jobs);

/* In the child, which ends here when its parent has gone. */
void sn_child_send(int descriptor, const SnMessage *message);

#endif
