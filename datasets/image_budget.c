#include "datasets/image_budget.h"

#include "base/machine.h"

void sn_image_budget_open(SnImageBudget *budget) {
  *budget = (SnImageBudget){.limit = sn_available_memory() / 2};
  pthread_mutex_init(&budget->lock, NULL);
  pthread_cond_init(&budget->returned, NULL);
}

void sn_image_budget_close(SnImageBudget *budget) {
  pthread_mutex_destroy(&budget->lock);
  pthread_cond_destroy(&budget->returned);
}

void sn_image_share_take(SnImageShare *share, int64_t bytes) {
  SnImageBudget *budget = share->budget;
  pthread_mutex_lock(&budget->lock);
  while (share->held == 0 && budget->taken > 0 && bytes > budget->limit - budget->taken)
    pthread_cond_wait(&budget->returned, &budget->lock);
  budget->taken += bytes;
  share->held += bytes;
  pthread_mutex_unlock(&budget->lock);
}

void sn_image_share_return(SnImageShare *share) {
  SnImageBudget *budget = share->budget;
  if (share->held == 0) return;
  pthread_mutex_lock(&budget->lock);
  budget->taken -= share->held;
  share->held = 0;
  pthread_cond_broadcast(&budget->returned);
  pthread_mutex_unlock(&budget->lock);
}
