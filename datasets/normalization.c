#include "datasets/normalization.h"

const SnNormalization sn_imagenet_normalization = {
    .mean = {0.485, 0.456, 0.406}, .deviation = {0.229, 0.224, 0.225}, .order = SN_ORDER_RGB};
