/* Tests that take minutes in a build with a sanitizer, and there make no access to memory that smaller ones do not. */
#ifndef SN_TESTS_SUPPORT_SLOW_H
#define SN_TESTS_SUPPORT_SLOW_H

#include <stdio.h>

#include "base/sanitizer.h"
#include "tests/support/test.h"

#define SKIP_WHEN_SANITIZED(what)                                  \
  do {                                                             \
    if (SN_SANITIZED) {                                            \
      printf("skip: %s: takes minutes under a sanitizer\n", what); \
      skip();                                                      \
    }                                                              \
  } while (0)

#endif
