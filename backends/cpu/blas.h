/* OpenBLAS, opened when the first product needs it and held to what it can be trusted with.
 *
 * It is not linked to the program, for three things that it does on its own: it starts threads when it is loaded; it
 * tries for ever to map memory that the system refuses; and its variant for one thread gives wrong products when two
 * threads use it at once. So it is loaded with one thread; its buffers are made beforehand, as many as threads may
 * compute at a time, where it was seen that they fit; and no more threads multiply at a time than there are buffers.
 * The products' bits depend on none of this.
 */
#ifndef SN_BACKENDS_CPU_BLAS_H
#define SN_BACKENDS_CPU_BLAS_H

#include <stdbool.h>

#include <cblas.h>

/* Opens the library and makes its buffers, once; more when the pool has grown. To be called before products, by the
 * kernel that shares them out. False and an error that says what is missing: the library, or memory, with both numbers.
 */
bool sn_blas_ready(void);

/* Around each product; after sn_blas_ready() they cannot fail. The first waits while all buffers are in use. */
void sn_blas_enter(void);
void sn_blas_leave(void);

/* The library's functions, to be called between the two. */
typedef struct SnBlas {
  __typeof__(cblas_sgemm) *sgemm;
  __typeof__(cblas_sgemv) *sgemv;
  __typeof__(cblas_dgemm) *dgemm;
} SnBlas;

extern SnBlas sn_blas;

#endif
