/* Items that wait for one of a few threads, in order, and no more than there is room for. */
#ifndef SN_SERVE_QUEUE_H
#define SN_SERVE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct SnQueue SnQueue;

typedef void (*SnWork)(void *context, void *item);

/* Starts the threads, which call work(context, item) and take no signals. NULL and an error on failure. To be ended
 * with sn_queue_stop. */
SnQueue *sn_queue_start(int threads, int64_t capacity, SnWork work, void *context);

/* False, without an error, where there is no room. */
bool sn_queue_push(SnQueue *queue, void *item);

int64_t sn_queue_waiting(SnQueue *queue);

/* Waits until all items are worked on, ends the threads and frees the queue. Nothing may be pushed meanwhile. NULL is
 * allowed. */
void sn_queue_stop(SnQueue *queue);

#endif
