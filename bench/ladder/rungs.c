#include "bench/ladder/tile.h"

const Rung ladder_rungs[] = {
    {"seven loops", ladder_seven_loops, NULL, false},
    {"loops in a better order", ladder_order, NULL, false},
    {"im2col, plain product", ladder_im2col, NULL, false},
    {"im2col, blocked product", ladder_blocked, NULL, false},
    {"im2col, tiles in plain C", ladder_portable_tile, NULL, false},
    {"im2col, AVX2 tiles", ladder_avx2, ladder_has_avx2, false},
    {"im2col, AVX-512 tiles", ladder_avx512, ladder_has_avx512, false},
    {"windows read in place", ladder_in_place, NULL, false},
    {"the same on threads", ladder_threads, NULL, true},
    {"Winograd F(2x2,3x3)", ladder_winograd_2, NULL, true},
    {"Winograd F(4x4,3x3)", ladder_winograd_4, NULL, true},
    {"simplenet's kernel", ladder_project, NULL, true},
};

const int ladder_rung_count = sizeof ladder_rungs / sizeof *ladder_rungs;
