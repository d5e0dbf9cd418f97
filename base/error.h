/* The first error stays.
 *
 * Every thread has at most one pending error: the first since the last sn_clear_error(). While it is pending, functions
 * that can fail return at once with false, NULL or NaN, so a long chain of calls is checked once, at its end:
 *
 *     SnTensor *y = sn_relu(sn_conv2d(x, weight, bias, options));
 *     if (!sn_ok()) fprintf(stderr, "%s\n", sn_error());
 */
#ifndef SN_BASE_ERROR_H
#define SN_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

enum { SN_ERROR_LENGTH = 1024 };

/* True while no error is pending in this thread. */
bool sn_ok(void);

/* The pending error's message, one sentence for a person; NULL when there is none. Valid until it is cleared. */
#ifdef __GNUC__
__attribute__((visibility("default"))) /* simplenet.h has it, too */
#endif
const char *
sn_error(void);

/* "file:line" of the source that raised the pending error; NULL when there is none. */
const char *sn_error_source(void);

/* Forgets the pending error, so that functions work again. */
void sn_clear_error(void);

/* Whether the pending error is that memory was refused, which says nothing about the file or the option at hand. */
bool sn_is_shortage(void);

/* Record an error unless one is pending already. sn_fail(...) is false and sn_fail_null(...) is NULL, to be returned.
 */
#define sn_fail(...) sn_fail_at(__FILE__, __LINE__, __VA_ARGS__)
/* The same for a function that returns a pointer. */
#define sn_fail_null(...) (sn_fail_at(__FILE__, __LINE__, __VA_ARGS__), NULL)

/* What the two macros call: the message as of printf. Always false. */
bool sn_fail_at(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A worker thread hands its error over with its item: take it there (the thread's error is cleared), raise it here. */
typedef struct SnError {
  bool raised, shortage;         /* shortage: memory was refused */
  char message[SN_ERROR_LENGTH]; /* as of sn_error */
  char source[128];              /* as of sn_error_source */
} SnError;

/* The pending error, which is cleared; raised is false where there is none. */
SnError sn_error_take(void);

/* For who goes on without what failed, as without a damaged file: takes the pending error, unless memory was refused,
 * which stays an error: what it hits is chance. False then. */
bool sn_error_forgive(SnError *error);
/* Makes an error that was taken this thread's pending one, unless there is one already. */
void sn_error_raise(const SnError *error);

#endif
