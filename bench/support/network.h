/* The network that is timed: a backbone through layer3 with the paper's head. */
#ifndef SN_BENCH_SUPPORT_NETWORK_H
#define SN_BENCH_SUPPORT_NETWORK_H

#include "anomaly/model.h"

/* In the innermost scope. weights NULL: random ones from a fixed seed. The head's are random in any case, and so are
 * all running statistics of random BatchNorms, so that a mistake in folding them would show. */
SnModel *sn_bench_network(const char *backbone, const char *weights, int64_t size);

/* Images of normal numbers, [count,3,size,size]; the same ones at every call. */
SnTensor *sn_bench_images(int64_t count, int64_t size);

enum { SN_BENCH_SIZE = 224 };

#endif
