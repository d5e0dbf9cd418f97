/* Passes: rewritings of a graph that leave what it computes as it is and make it cheaper. Each file of plan/passes/ is
 * one, and begins with its algebra. They match operations, not networks.
 *
 * A pass rewrites every place that fits and returns true when there was one. sn_graph_simplify runs all of them.
 */
#ifndef SN_PLAN_PASSES_H
#define SN_PLAN_PASSES_H

#include "plan/graph.h"

bool sn_pass_constants(SnPlanGraph *graph);      /* what depends on constants alone is computed at once */
bool sn_pass_transposes(SnPlanGraph *graph);     /* exchanges of dimensions move to the end and cancel */
bool sn_pass_batch_norm(SnPlanGraph *graph);     /* BatchNorm into the convolution before it */
bool sn_pass_affine(SnPlanGraph *graph);         /* scale x + shift into the convolution before it */
bool sn_pass_scaled_input(SnPlanGraph *graph);   /* scale x into the convolution after it */
bool sn_pass_channel_scale(SnPlanGraph *graph);  /* a factor for each channel into the convolution before it */
bool sn_pass_channel_pool(SnPlanGraph *graph);   /* adaptive pooling over channels as a grouped convolution */
bool sn_pass_unfold(SnPlanGraph *graph);         /* a linear map of unfolded windows as a convolution */
bool sn_pass_merge(SnPlanGraph *graph);          /* a 1x1 convolution into the convolution before it */
bool sn_pass_split_cat(SnPlanGraph *graph);      /* a convolution of concatenated parts, part by part */
bool sn_pass_cheap_side(SnPlanGraph *graph);     /* a 1x1 convolution before or after pooling and upsampling */
bool sn_pass_lone_norm(SnPlanGraph *graph);      /* BatchNorm with none before it as one of a cell a channel */
bool sn_pass_epilogue(SnPlanGraph *graph);       /* additions and activations into the convolution before them */
bool sn_pass_gate(SnPlanGraph *graph);           /* computed factors of channels into the weights after them */
bool sn_pass_cat_transposed(SnPlanGraph *graph); /* the exchanged parts of a concatenation, without the whole */
bool sn_pass_dead(SnPlanGraph *graph);           /* what nobody reads */

/* The passes above: first those of algebra until nothing changes, then the epilogues, which end a linear map. False
 * and an error on failure. */
bool sn_graph_simplify(SnPlanGraph *graph);

#endif
