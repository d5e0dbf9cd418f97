/* A test within a scope of its own: cmocka_unit_test_setup_teardown(test, open_scope, close_scope). */
#ifndef SN_TESTS_SUPPORT_SCOPE_H
#define SN_TESTS_SUPPORT_SCOPE_H

/* *state becomes the scope. No error stands before and after. */
int open_scope(void **state);
int close_scope(void **state);

/* No error, and the device cpu. */
int usual_device(void **state);

#endif
