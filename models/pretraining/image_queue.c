#include "models/pretraining/image_queue.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "datasets/generated/pretraining.h"
#include "datasets/normalization.h"
#include "models/pretraining/damage.h"

enum { MAX_THREADS = 64, BATCHES_AHEAD = 3 };

/* Image i is drawn into place i % room, once the caller has taken the batch that was there. */
struct SnImageQueue {
  uint64_t seed;
  int64_t first, count, batch, size, cells, room;
  float *images; /* [room, 3, size, size] */
  int64_t *labels;
  float *damage; /* [room, cells] */
  bool *ready;
  pthread_t threads[MAX_THREADS];
  int thread_count;
  pthread_mutex_t lock;
  pthread_cond_t taken, drawn;
  int64_t next_to_draw, next_to_take; /* under the lock, as are ready, stop and error */
  bool stop;
  SnError error;
};

static bool draw(const SnImageQueue *queue, int64_t index, uint8_t *rgb) {
  int64_t pixels = queue->size * queue->size, place = index % queue->room;
  float *image = queue->images + place * 3 * pixels;
  int label;
  if (!sn_pretraining_draw(queue->seed, queue->first + index, queue->size, rgb, &label)) return false;
  if (!sn_damage_draw(queue->seed, queue->first + index, queue->size, SN_DAMAGE_CELL, rgb,
                      queue->damage + place * queue->cells))
    return false;
  for (int channel = 0; channel < 3; channel++)
    for (int64_t i = 0; i < pixels; i++)
      image[channel * pixels + i] = sn_normalized(&sn_imagenet_normalization, channel, rgb[3 * i + channel]);
  queue->labels[place] = label;
  return true;
}

static void *work(void *argument) {
  SnImageQueue *queue = argument;
  uint8_t *rgb = sn_allocate(3 * queue->size * queue->size, 1, "a drawn image");
  pthread_mutex_lock(&queue->lock);
  while (!queue->stop && queue->next_to_draw < queue->count) {
    if (queue->next_to_draw >= queue->next_to_take + queue->room) {
      pthread_cond_wait(&queue->taken, &queue->lock);
      continue;
    }
    int64_t index = queue->next_to_draw++;
    pthread_mutex_unlock(&queue->lock);
    bool done = rgb && draw(queue, index, rgb);
    pthread_mutex_lock(&queue->lock);
    if (!done) {
      SnError error = sn_error_take();
      if (!queue->error.raised) queue->error = error;
      queue->stop = true;
    }
    queue->ready[index % queue->room] = done;
    pthread_cond_signal(&queue->drawn);
  }
  pthread_mutex_unlock(&queue->lock);
  free(rgb);
  return NULL;
}

static bool start_threads(SnImageQueue *queue, int threads) {
  int64_t count = threads > 0 ? threads : (int64_t)sysconf(_SC_NPROCESSORS_ONLN);
  count = count < 1 ? 1 : count > MAX_THREADS ? MAX_THREADS : count;
  sigset_t all, before; /* signals go to the program's own threads */
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int code = 0;
  for (; queue->thread_count < count && code == 0; queue->thread_count += code == 0)
    code = pthread_create(&queue->threads[queue->thread_count], NULL, work, queue);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return queue->thread_count > 0 ||
         sn_fail("a thread that draws images cannot be started, as memory or threads are short: %s", strerror(code));
}

SnImageQueue *sn_image_queue_open(uint64_t seed, int64_t first, int64_t batches, int64_t batch, int64_t size,
                                  int threads) {
  if (!sn_ok()) return NULL;
  if (batch < 1 || batch > 1 << 16 || size < SN_PRETRAINING_MIN_SIZE || size > SN_PRETRAINING_MAX_SIZE ||
      size % SN_DAMAGE_CELL != 0)
    return sn_fail_null("pretraining: batches of %lld images of %lld pixels squared cannot be drawn", (long long)batch,
                        (long long)size);
  SnImageQueue *queue = sn_allocate(1, sizeof *queue, "a queue of images");
  if (!queue) return NULL;
  *queue = (SnImageQueue){.seed = seed, .first = first, .count = batches * batch, .batch = batch, .size = size};
  queue->cells = (size / SN_DAMAGE_CELL) * (size / SN_DAMAGE_CELL);
  queue->room = BATCHES_AHEAD * batch;
  queue->images = sn_allocate(queue->room * 3 * size * size, sizeof(float), "images drawn ahead");
  queue->labels = sn_allocate(queue->room, sizeof *queue->labels, "images drawn ahead");
  queue->damage = sn_allocate(queue->room * queue->cells, sizeof *queue->damage, "images drawn ahead");
  queue->ready = sn_allocate(queue->room, sizeof *queue->ready, "images drawn ahead");
  pthread_mutex_init(&queue->lock, NULL);
  pthread_cond_init(&queue->taken, NULL);
  pthread_cond_init(&queue->drawn, NULL);
  if (sn_ok() && start_threads(queue, threads)) return queue;
  sn_image_queue_close(queue);
  return NULL;
}

static bool batch_is_ready(const SnImageQueue *queue, int64_t place) {
  for (int64_t i = 0; i < queue->batch; i++)
    if (!queue->ready[place + i]) return false;
  return true;
}

bool sn_image_queue_next(SnImageQueue *queue, SnPretrainingBatch *batch) {
  if (!sn_ok() || queue->next_to_take >= queue->count) return false;
  int64_t place = queue->next_to_take % queue->room, size = queue->size, side = size / SN_DAMAGE_CELL;
  pthread_mutex_lock(&queue->lock);
  while (!queue->stop && !batch_is_ready(queue, place)) pthread_cond_wait(&queue->drawn, &queue->lock);
  if (queue->error.raised) sn_error_raise(&queue->error);
  pthread_mutex_unlock(&queue->lock);
  batch->images =
      sn_from_host(SN_FLOAT32, SN_SHAPE(queue->batch, 3, size, size), queue->images + place * 3 * size * size);
  batch->labels = sn_from_host(SN_INT64, SN_SHAPE(queue->batch), queue->labels + place);
  batch->damage = sn_from_host(SN_FLOAT32, SN_SHAPE(queue->batch, 1, side, side), queue->damage + place * queue->cells);
  pthread_mutex_lock(&queue->lock);
  memset(queue->ready + place, 0, (size_t)queue->batch * sizeof *queue->ready);
  queue->next_to_take += queue->batch;
  pthread_cond_broadcast(&queue->taken);
  pthread_mutex_unlock(&queue->lock);
  return sn_ok();
}

void sn_image_queue_close(SnImageQueue *queue) {
  if (!queue) return;
  pthread_mutex_lock(&queue->lock);
  queue->stop = true;
  pthread_cond_broadcast(&queue->taken);
  pthread_mutex_unlock(&queue->lock);
  for (int t = 0; t < queue->thread_count; t++) pthread_join(queue->threads[t], NULL);
  pthread_mutex_destroy(&queue->lock);
  pthread_cond_destroy(&queue->taken);
  pthread_cond_destroy(&queue->drawn);
  free(queue->images);
  free(queue->labels);
  free(queue->damage);
  free(queue->ready);
  free(queue);
}
