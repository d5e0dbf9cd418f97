/* Checked sizes and allocations: an overflow or a refused allocation is an error, never a short buffer. */
#ifndef SN_BASE_MEMORY_H
#define SN_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* *product = a * b; false, with *product untouched and no error raised, when a or b is negative or the product
 * does not fit in int64_t. */
bool sn_multiply(int64_t a, int64_t b, int64_t *product);

/* Memory of this size and more is asked for before it is taken: a system that promises more than it has would end this
 * process, or another one, when it is used. */
enum { SN_LARGE_MEMORY = 64 << 20 };

/* Whether so many bytes of memory are available (base/machine.h); else an error "WHAT: needs 28000 MB of memory, and
 * only 3900 MB are available". What takes many pieces asks once for all of them. */
bool sn_memory_suffices(int64_t bytes, const char *what);

/* Zeroed memory for count items of size bytes each, to be released with free(). NULL and an error on failure or when an
 * error is pending; `what` names the thing for the message ("the pixels of cat.png"). count 0 gives a valid pointer. */
void *sn_allocate(int64_t count, size_t size, const char *what);

/* The same, but not zeroed: for memory that is written before it is read. */
void *sn_allocate_unset(int64_t count, size_t size, const char *what);

/* realloc() with the same checks: the memory with capacity for count items, what is new in it not zeroed. NULL and an
 * error on failure, and the memory is as it was. */
void *sn_resize(void *memory, int64_t count, size_t size, const char *what);

/* The array of `count` items with capacity for one more: it doubles at every power of two, so that no capacity is kept
 * beside the count. As sn_resize otherwise. */
void *sn_grow(void *array, int64_t count, size_t size, const char *what);

/* The error of all of these, for memory that others refused: "WHAT: out of memory: 4096 bytes were asked for". */
bool sn_fail_memory(const char *what, int64_t bytes);

/* A copy of text, to be released with free(). NULL and an error when memory is short. */
char *sn_copy_text(const char *text);

/* printf into memory of the right size, to be released with free(). NULL and an error when memory is short. */
char *sn_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
