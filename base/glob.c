#include "base/glob.h"

#include <errno.h>
#include <glob.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

bool sn_is_pattern(const char *name) { return strpbrk(name, "*?[") != NULL; }

/* Called for a folder that cannot be listed: ends the search where memory is short. */
static int ends_search(const char *folder, int reason) {
  (void)folder;
  return reason == ENOMEM;
}

bool sn_glob(const char *pattern, SnNames *names) {
  if (!sn_ok()) return false;
  glob_t found = {0};
  int code = glob(pattern, 0, ends_search, &found);
  if (code == GLOB_NOSPACE || code == GLOB_ABORTED) sn_fail_memory("the names that fit a pattern", 0);
  for (size_t i = 0; code == 0 && i < found.gl_pathc && sn_ok(); i++) sn_names_append(names, found.gl_pathv[i]);
  globfree(&found);
  return sn_ok();
}
