/* Work shared out among threads. */
#ifndef SN_BENCH_LADDER_THREADS_H
#define SN_BENCH_LADDER_THREADS_H

enum { LADDER_MOST_THREADS = 64 };

/* Calls work(context, i, thread) once for each i below `count`, on up to `threads` threads, numbered from 0. A thread
 * that is done takes the next i. */
void ladder_parallel(int threads, int count, void (*work)(void *context, int i, int thread), void *context);

#endif
