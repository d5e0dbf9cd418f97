#include "bench/ladder/threads.h"

#include <pthread.h>
#include <stdatomic.h>

typedef struct Job {
  void (*work)(void *context, int i, int thread);
  void *context;
  int count;
  atomic_int next, threads;
} Job;

static void *take_part(void *context) {
  Job *job = context;
  int thread = atomic_fetch_add(&job->threads, 1);
  for (int i; (i = atomic_fetch_add(&job->next, 1)) < job->count;) job->work(job->context, i, thread);
  return NULL;
}

void ladder_parallel(int threads, int count, void (*work)(void *context, int i, int thread), void *context) {
  Job job = {.work = work, .context = context, .count = count};
  pthread_t others[LADDER_MOST_THREADS];
  int started = 0;
  if (threads > LADDER_MOST_THREADS) threads = LADDER_MOST_THREADS;
  while (started < threads - 1 && pthread_create(&others[started], NULL, take_part, &job) == 0) started++;
  take_part(&job); /* does all the work where no thread could be started */
  for (int i = 0; i < started; i++) pthread_join(others[i], NULL);
}
