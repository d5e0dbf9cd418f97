/* Items that wait for one of a few threads, in order, and no more than there is room for. */
#ifndef SN_SERVE_QUEUE_H
#define SN_SERVE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct SnQueue SnQueue;

typedef void (*SnWork)(void *context, void *item);

/* Starts the threads, which call work(context, item) and take no signals. NULL and an error on failure. To be ended
 * with sn_queue_finish and sn_queue_free. */
SnQueue *sn_queue_start(int threads, int64_t capacity, SnWork work, void *context);

/* False, without an error, where there is no room, or the queue has finished. */
bool sn_queue_push(SnQueue *queue, void *item);

int64_t sn_queue_waiting(SnQueue *queue);

/* Takes nothing in from now on, waits until all items are worked on, and ends the threads. NULL is allowed. */
void sn_queue_finish(SnQueue *queue);

/* After it has finished, once nobody pushes or asks any more. NULL is allowed. */
void sn_queue_free(SnQueue *queue);

#endif
