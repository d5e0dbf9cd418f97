#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/sanitizer.h"
#include "base/utf8.h"
#include "tests/fuzz/program/judge.h"
#include "tests/fuzz/program/spoil.h"

enum { INTERRUPTED = 130 };

/* On inputs of some hundred kilobytes. */
static const double most_seconds = SN_SANITIZED ? 60 : 6;
static const int64_t most_memory = INT64_C(1) << (SN_SANITIZED ? 32 : 28);

void add_fault(Faults *faults, const char *format, ...) {
  char sentence[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(sentence, sizeof sentence, format, arguments);
  va_end(arguments);
  sn_names_append(&faults->sentences, sentence);
}

static void judge_end(const Scene *scene, const Command *command, const Outcome *outcome, Faults *faults) {
  const bool interrupted = command->signal_number != 0;
  if (outcome->hung) add_fault(faults, "it hangs");
  if (outcome->children_left) add_fault(faults, "a process that it started outlived it");
  if (!outcome->hung && outcome->signal_number && outcome->signal_number != command->signal_number)
    add_fault(faults, "it was ended by signal %d", outcome->signal_number);
  const bool found_defects = outcome->status == 3 && strcmp(scene->command, "predict") == 0;
  if (!outcome->signal_number && (outcome->status < 0 || outcome->status > 2) && !found_defects &&
      !(interrupted && outcome->status == INTERRUPTED))
    add_fault(faults, "its exit status is %d", outcome->status);
  if (outcome->processor_seconds > most_seconds)
    add_fault(faults, "it took %.1f s of processor time, and %.0f s are allowed", outcome->processor_seconds,
              most_seconds);
  if (outcome->memory > most_memory)
    add_fault(faults, "it took %" PRId64 " MB of memory, and %" PRId64 " MB are allowed", outcome->memory >> 20,
              most_memory >> 20);
}

static bool begins(const char *line, const char *text) { return strncmp(line, text, strlen(text)) == 0; }

/* Numbers that are none must not reach the line of a photograph. */
static bool is_nan_score(const char *line) {
  while (*line == ' ' || *line == '-') line++;
  return begins(line, "nan ") || begins(line, "inf ");
}

/* Every line is text that a terminal shows as it is. Returns the number of lines that begin with "simplenet". */
static int judge_lines(const Scene *scene, const char *stream, const SnBytes *printed, Faults *faults) {
  char *text = sn_copy_text(printed->data ? (const char *)printed->data : "");
  int messages = 0;
  if (printed->size != strlen(text)) add_fault(faults, "%s holds a zero byte", stream);
  for (char *rest = text, *line; (line = strtok_r(rest, "\n", &rest));) {
    if (begins(line, FORGED_LINE)) add_fault(faults, "%s holds a line that a name or a text forged", stream);
    if (!sn_utf8_is_printable(line, strlen(line))) {
      add_fault(faults, "%s holds control characters or invalid UTF-8", stream);
      break;
    }
    if (strcmp(scene->command, "predict") == 0 && is_nan_score(line))
      add_fault(faults, "a score is not finite: %s", line);
    messages += begins(line, "simplenet");
  }
  free(text);
  return messages;
}

void judge_outcome(const Scene *scene, const Command *command, const Outcome *outcome, Faults *faults) {
  judge_end(scene, command, outcome, faults);
  judge_lines(scene, "stdout", &outcome->out, faults);
  const int messages = judge_lines(scene, "stderr", &outcome->err, faults);
  const bool failed = outcome->status == 1 || outcome->status == 2;
  /* predict has a line for every photograph that cannot be read, benchmark one for every trial; where stdout cannot be
   * written, that is told, too. */
  const bool several =
      strcmp(scene->command, "predict") == 0 || strcmp(scene->command, "benchmark") == 0 || command->out != STREAM_FILE;
  if (failed && command->err == STREAM_FILE && (several ? messages < 1 : messages != 1))
    add_fault(faults, "it failed with %d messages", messages);
  if (outcome->err.data && strstr((const char *)outcome->err.data, "Sanitizer"))
    add_fault(faults, "a sanitizer has something to report");
}
