/* Memory that threads share while they decode: how much of it each holds is decided by the headers that it meets. */
#ifndef SN_DATASETS_IMAGE_BUDGET_H
#define SN_DATASETS_IMAGE_BUDGET_H

#include <pthread.h>
#include <stdint.h>

typedef struct SnImageBudget {
  pthread_mutex_t lock;
  pthread_cond_t returned;
  int64_t limit, taken; /* bytes; taken under the lock */
} SnImageBudget;

/* What one thread has taken for the image that it is at. SnImageOptions.share points to it while it decodes. */
typedef struct SnImageShare {
  SnImageBudget *budget;
  int64_t held;
} SnImageShare;

/* Half of the memory that is available now. */
void sn_image_budget_open(SnImageBudget *budget);
void sn_image_budget_close(SnImageBudget *budget);

/* Waits until the bytes fit beside what the other threads hold. Who is alone always gets them, however many they are,
 * and so does a thread that holds some already, since others may wait for those. */
void sn_image_share_take(SnImageShare *share, int64_t bytes);

/* Returns all that the share holds: the image and what it became are done with. */
void sn_image_share_return(SnImageShare *share);

#endif
