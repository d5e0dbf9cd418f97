/* Initialisation, as torch.nn.init: each fills a parameter from the generator's next numbers. For a weight of the shape
 * [out, in, kernel…]: fan_in = in * kernel cells, fan_out = out * kernel cells. */
#ifndef SN_NN_INIT_H
#define SN_NN_INIT_H

#include "nn/generator.h"
#include "tensor/tensor.h"

/* Which number of cells the deviation is chosen by: for the forward pass, or for the backward one. */
typedef enum SnFan { SN_FAN_IN, SN_FAN_OUT } SnFan;

/* Normal with this mean and standard deviation; uniform in [low, high). */
bool sn_init_normal(SnTensor *tensor, double mean, double deviation, SnGenerator *generator);
bool sn_init_uniform(SnTensor *tensor, double low, double high, SnGenerator *generator);

/* Standard deviation gain sqrt(2 / (fan_in + fan_out)); uniform within sqrt(3) of that (Glorot and Bengio 2010). */
bool sn_init_xavier_normal(SnTensor *weight, double gain, SnGenerator *generator);
bool sn_init_xavier_uniform(SnTensor *weight, double gain, SnGenerator *generator);

/* Standard deviation sqrt(2 / (1 + slope^2)) / sqrt(fan); uniform within sqrt(3) of that (He et al. 2015). slope is the
 * leaky ReLU's: 0 for ReLU. */
bool sn_init_kaiming_normal(SnTensor *weight, double slope, SnFan fan, SnGenerator *generator);
bool sn_init_kaiming_uniform(SnTensor *weight, double slope, SnFan fan, SnGenerator *generator);

/* PyTorch's default for the bias of a layer with this weight: uniform within 1 / sqrt(fan_in). */
bool sn_init_default_bias(SnTensor *bias, const SnTensor *weight, SnGenerator *generator);

#endif
