#include "tests/support/comma_locale.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[] = "/tmp/simplenet-locale-XXXXXX";

static void run_in_folder(const char *command) {
  char text[512];
  snprintf(text, sizeof text, "cd %s && { %s; } > log 2>&1", folder, command);
  if (system(text) != 0)
    return; /* localedef warns of the categories that are left out; setlocale() has the last word */
}

static bool says_comma(void) {
  char text[8];
  snprintf(text, sizeof text, "%.1f", 1.5);
  return strcmp(text, "1,5") == 0;
}

bool sn_comma_locale_enter(void) {
  strcpy(folder + strlen(folder) - 6, "XXXXXX");
  if (mkdtemp(folder)) {
    run_in_folder(
        "printf 'LC_NUMERIC\\ndecimal_point \",\"\\nthousands_sep \".\"\\ngrouping 3;3\\nEND LC_NUMERIC\\n' > comma; "
        "localedef -c -i ./comma ./comma_XX");
    setenv("LOCPATH", folder, 1);
    if (setlocale(LC_ALL, "comma_XX") && says_comma()) return true;
    sn_comma_locale_leave();
  }
  printf("skip: no locale with a decimal comma can be made here (localedef)\n");
  return false;
}

void sn_comma_locale_leave(void) {
  char command[128];
  setlocale(LC_ALL, "C");
  unsetenv("LOCPATH");
  snprintf(command, sizeof command, "rm -rf %s", folder);
  if (system(command) != 0) printf("%s stays behind\n", folder);
}
