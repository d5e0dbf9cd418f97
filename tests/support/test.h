/* What every test program begins with: cmocka, which needs these four headers before it. */
#ifndef SN_TESTS_SUPPORT_TEST_H
#define SN_TESTS_SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
