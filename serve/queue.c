#include "serve/queue.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

enum { MAX_THREADS = 16 };

struct SnQueue {
  pthread_mutex_t mutex;
  pthread_cond_t pushed;
  void **items; /* a ring */
  int64_t capacity, first, count;
  bool stopping;
  SnWork work;
  void *context;
  pthread_t thread[MAX_THREADS];
  int threads;
};

/* NULL at the end of the queue. */
static void *take(SnQueue *queue) {
  void *item = NULL;
  pthread_mutex_lock(&queue->mutex);
  while (queue->count == 0 && !queue->stopping) pthread_cond_wait(&queue->pushed, &queue->mutex);
  if (queue->count > 0) {
    item = queue->items[queue->first];
    queue->first = (queue->first + 1) % queue->capacity;
    queue->count--;
  }
  pthread_mutex_unlock(&queue->mutex);
  return item;
}

static void *run(void *argument) {
  SnQueue *queue = argument;
  for (void *item; (item = take(queue)) != NULL;) queue->work(queue->context, item);
  return NULL;
}

SnQueue *sn_queue_start(int threads, int64_t capacity, SnWork work, void *context) {
  SnQueue *queue = sn_allocate(1, sizeof *queue, "a queue");
  if (!queue) return NULL;
  *queue = (SnQueue){.items = sn_allocate(capacity, sizeof *queue->items, "a queue"),
                     .capacity = capacity,
                     .work = work,
                     .context = context};
  pthread_mutex_init(&queue->mutex, NULL);
  pthread_cond_init(&queue->pushed, NULL);
  while (queue->items && queue->threads < threads && queue->threads < MAX_THREADS &&
         pthread_create(&queue->thread[queue->threads], NULL, run, queue) == 0)
    queue->threads++;
  if (queue->items && queue->threads == 0) sn_fail("the system starts no more threads");
  if (sn_ok()) return queue;
  sn_queue_finish(queue);
  sn_queue_free(queue);
  return NULL;
}

bool sn_queue_push(SnQueue *queue, void *item) {
  pthread_mutex_lock(&queue->mutex);
  const bool room = !queue->stopping && queue->count < queue->capacity;
  if (room) queue->items[(queue->first + queue->count++) % queue->capacity] = item;
  pthread_cond_signal(&queue->pushed);
  pthread_mutex_unlock(&queue->mutex);
  return room;
}

int64_t sn_queue_waiting(SnQueue *queue) {
  pthread_mutex_lock(&queue->mutex);
  const int64_t count = queue->count;
  pthread_mutex_unlock(&queue->mutex);
  return count;
}

void sn_queue_finish(SnQueue *queue) {
  if (!queue) return;
  pthread_mutex_lock(&queue->mutex);
  queue->stopping = true;
  pthread_cond_broadcast(&queue->pushed);
  pthread_mutex_unlock(&queue->mutex);
  for (int i = 0; i < queue->threads; i++) pthread_join(queue->thread[i], NULL);
}

void sn_queue_free(SnQueue *queue) {
  if (!queue) return;
  pthread_cond_destroy(&queue->pushed);
  pthread_mutex_destroy(&queue->mutex);
  free(queue->items);
  free(queue);
}
