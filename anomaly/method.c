#include "anomaly/method.h"

#include <stdio.h>
#include <string.h>

const SnMethod *sn_method_find(const char *name) {
  char names[256] = "";
  for (int i = 0; sn_methods[i]; i++) {
    size_t used = strlen(names);
    if (strcmp(sn_methods[i]->name, name) == 0) return sn_methods[i];
    snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? ", " : "", sn_methods[i]->name);
  }
  sn_fail("--method: there is no method '%.40s'; there are %s", name, names);
  return NULL;
}
