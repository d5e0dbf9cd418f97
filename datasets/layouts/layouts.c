#include <stddef.h>

#include "datasets/layouts/layout.h"

const SnLayout *const sn_layouts[] = {
    &sn_layout_cifar10, &sn_layout_visa,         &sn_layout_mvtec_loco,    &sn_layout_btad,   &sn_layout_mpdd,
    &sn_layout_mvtec,   &sn_layout_kolektor_sdd, &sn_layout_kolektor_sdd2, &sn_layout_folder, NULL,
};
