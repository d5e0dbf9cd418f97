#include "cli/options.h"

#include <stdarg.h>
#include <string.h>

#include "base/error.h"
#include "cli/command.h"
#include "cli/terminal.h"

int sn_usage_error(const SnUsage *usage, const char *format, ...) {
  va_list arguments;
  sn_message("simplenet %s: ", usage->command);
  va_start(arguments, format);
  sn_message_list(format, arguments);
  va_end(arguments);
  sn_message("\n`simplenet %s --help` lists the options.\n", usage->command);
  return SN_EXIT_USAGE;
}

enum { HELP_COLUMN = 30, LINE_LENGTH = 100 };

/* The text from HELP_COLUMN on, broken between words. */
static void print_wrapped(const char *text, int column) {
  while (*text) {
    int length = (int)strcspn(text, " ");
    if (column > HELP_COLUMN && column + 1 + length > LINE_LENGTH) {
      sn_print("\n%*s", HELP_COLUMN, "");
      column = HELP_COLUMN;
    } else if (column > HELP_COLUMN) {
      sn_print(" ");
      column++;
    }
    sn_print("%.*s", length, text);
    column += length;
    text += length;
    while (*text == ' ') text++;
  }
  sn_print("\n");
}

static void print_help(const SnUsage *usage) {
  sn_print("usage: simplenet %s", usage->command);
  for (int i = 0; i < usage->option_count; i++)
    if (usage->options[i].required) sn_print(" --%s %s", usage->options[i].name, usage->options[i].argument);
  sn_print(" [options]%s%s\n\n", *usage->positionals ? " " : "", usage->positionals);
  sn_print_lines(usage->description);
  sn_print("\n\n");
  for (int i = 0; i < usage->option_count; i++) {
    const SnOption *option = &usage->options[i];
    int column =
        sn_print("  --%s%s%s", option->name, option->argument ? " " : "", option->argument ? option->argument : "");
    if (column >= HELP_COLUMN) {
      sn_print("\n");
      column = 0;
    }
    sn_print("%*s", HELP_COLUMN - column, "");
    print_wrapped(option->help, HELP_COLUMN);
  }
}

static const SnOption *find(const SnUsage *usage, const char *name, size_t length) {
  for (int i = 0; i < usage->option_count; i++)
    if (strlen(usage->options[i].name) == length && strncmp(usage->options[i].name, name, length) == 0)
      return &usage->options[i];
  return NULL;
}

/* Reads the option at argv[i]; returns -1, or an exit status. *used: how many arguments it took. */
static int read_option(const SnUsage *usage, int argc, char **argv, int i, int *used) {
  const char *name = argv[i] + 2, *equals = strchr(name, '=');
  size_t length = equals ? (size_t)(equals - name) : strlen(name);
  const SnOption *option = find(usage, name, length);
  if (!option) return sn_usage_error(usage, "there is no option --%.*s", (int)length, name);
  *used = 1;
  if (option->present) *option->present = true;
  if (!option->argument) return equals ? sn_usage_error(usage, "--%s takes no value", option->name) : -1;
  if (!equals && i + 1 >= argc) return sn_usage_error(usage, "--%s needs a value: %s", option->name, option->argument);
  *option->text = equals ? equals + 1 : argv[i + 1];
  if (!equals) *used = 2;
  return -1;
}

int sn_options_read(const SnUsage *usage, int argc, char **argv, int *positional_count) {
  if (!sn_ok()) return sn_report_error(); /* the usage was not put together */
  int kept = 0, used = 1;
  bool only_positionals = false;
  for (int i = 0; i < argc; i += used) {
    used = 1;
    if (only_positionals || argv[i][0] != '-' || argv[i][1] == '\0') {
      argv[kept++] = argv[i];
    } else if (strcmp(argv[i], "--") == 0) {
      only_positionals = true;
    } else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
      print_help(usage);
      return SN_EXIT_OK;
    } else if (argv[i][1] != '-') {
      return sn_usage_error(usage, "there is no option %s", argv[i]);
    } else {
      int status = read_option(usage, argc, argv, i, &used);
      if (status >= 0) return status;
    }
  }
  for (int i = 0; i < usage->option_count; i++)
    if (usage->options[i].required && !*usage->options[i].text)
      return sn_usage_error(usage, "--%s %s is missing", usage->options[i].name, usage->options[i].argument);
  for (int i = 0; i < usage->option_count; i++)
    if (usage->options[i].check && *usage->options[i].text && !usage->options[i].check(&usage->options[i]))
      return sn_report_misuse();
  if (kept > 0 && !*usage->positionals) return sn_usage_error(usage, "'%s' is not expected here", argv[0]);
  *positional_count = kept;
  return -1;
}
