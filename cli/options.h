/* Options of a subcommand: "--name VALUE", "--name=VALUE" or the switch "--name", described by one table from which the
 * help comes too. */
#ifndef SN_CLI_OPTIONS_H
#define SN_CLI_OPTIONS_H

#include <stdbool.h>

#include "cli/command.h"

enum { SN_MAX_OPTIONS = 96 }; /* of one command */

typedef struct SnOption {
  const char *name;     /* without dashes */
  const char *argument; /* "FILE", for the help; NULL: a switch */
  const char *help;     /* with the default in brackets */
  const char **text;    /* receives the value; unchanged when the option is absent */
  bool *present;        /* receives true; for switches */
  bool required;
  bool (*check)(const struct SnOption *option); /* false and an error when the value is wrong; NULL: any text will do */
} SnOption;

typedef struct SnUsage {
  const char *command;     /* "train" */
  const char *positionals; /* "IMAGE|FOLDER…", or "" when there are none */
  const char *description;
  const SnOption *options;
  int option_count;
} SnUsage;

/* Reads the options. What is not an option is moved to the front of argv, in order; *positional_count is how many.
 * Returns -1 to go on, or the status to exit with: after --help (on stdout), or a message about wrong usage. */
int sn_options_read(const SnUsage *usage, int argc, char **argv, int *positional_count);

/* Prints "simplenet COMMAND: message" and how to get help; returns SN_EXIT_USAGE. */
int sn_usage_error(const SnUsage *usage, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
