/* Model files of the time when SimpleNet was the only method. */
#ifndef SN_MODELS_SIMPLENET_EARLIER_H
#define SN_MODELS_SIMPLENET_EARLIER_H

#include "tensor/state_dict.h"

/* The file with today's names of method and settings; its tensors are shared. NULL when it is no such file. */
SnStateDict *sn_simplenet_read_earlier(const SnStateDict *file);

#endif
