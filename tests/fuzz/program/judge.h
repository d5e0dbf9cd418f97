/* What must hold of every run, whatever the inputs. */
#ifndef SN_TESTS_FUZZ_PROGRAM_JUDGE_H
#define SN_TESTS_FUZZ_PROGRAM_JUDGE_H

#include "tests/fuzz/program/child.h"
#include "tests/fuzz/program/scene.h"
#include "tests/fuzz/program/snapshot.h"

/* A sentence for each thing that does not hold. */
typedef struct Faults {
  SnNames sentences;
} Faults;

void add_fault(Faults *faults, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* How the run ended, what it took and what it printed. */
void judge_outcome(const Scene *scene, const Command *command, const Outcome *outcome, Faults *faults);

/* What the run changed: only below scene->out, and nothing there that was not its own. `own`, which may be NULL, is
 * what the folder held before the program ran for the first time; what is not in it was written by the program. */
void judge_changes(const Scene *scene, const Snapshot *own, const Snapshot *before, const Snapshot *after,
                   const Outcome *outcome, Faults *faults);

#endif
