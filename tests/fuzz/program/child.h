/* One run of the program: how it ended, what it took and what it printed. */
#ifndef SN_TESTS_FUZZ_PROGRAM_CHILD_H
#define SN_TESTS_FUZZ_PROGRAM_CHILD_H

#include <stdbool.h>

#include "base/file.h"

/* Where stdout and stderr go. */
typedef enum Stream { STREAM_FILE, STREAM_CLOSED, STREAM_FULL } Stream;

typedef struct Command {
  char **arguments;   /* ends with NULL; the first is the program */
  const char *folder; /* where it runs */
  Stream out, err;
  int signal_number; /* sent after signal_seconds; 0: none */
  double signal_seconds;
} Command;

typedef struct Outcome {
  bool hung;                 /* killed after WALL_SECONDS */
  bool children_left;        /* a process that it started outlived it; now killed */
  int status, signal_number; /* -1 and the signal where a signal ended it */
  double processor_seconds;  /* with its children */
  int64_t memory;            /* bytes, at most resident */
  SnBytes out, err;          /* what it printed */
} Outcome;

/* Runs it with its streams in files of the folder `notes`. */
Outcome run_command(const Command *command, const char *notes);
void outcome_free(Outcome *outcome);

#endif
