#include <string.h>

#include "base/print.h"
#include "plan/choices.h"
#include "plan/cost.h"
#include "plan/steps.h"

/* "118.0 M": three digits and more, with the letter of the thousand. */
static const char *scaled(double number, char text[16]) {
  static const char letters[] = {' ', 'k', 'M', 'G', 'T'};
  size_t letter = 0;
  while (number >= 1000 && letter + 1 < sizeof letters) {
    number /= 1000;
    letter++;
  }
  sn_snprintf(text, 16,
              number < 10 && letter > 0    ? "%.2f %c"
              : number < 100 && letter > 0 ? "%.1f %c"
                                           : "%.0f %c",
              number, letters[letter]);
  return text;
}

/* "conv2d 3x3 /2 g32 + residual + relu" */
static void describe(const SnPlanNode *node, char *text, size_t size) {
  if (!sn_node_is(node, SN_KERNEL_conv2d_fused)) {
    snprintf(text, size, "%s", sn_kernel_name((SnKernel)node->op));
    return;
  }
  const SnFusedConv2d *options = &node->attributes.fused_conv2d;
  bool activated = options->activation != SN_ACTIVATION_NONE;
  char stride[24] = "", groups[24] = "";
  if (options->conv2d.stride[0] > 1) snprintf(stride, sizeof stride, " /%d", (int)options->conv2d.stride[0]);
  if (options->conv2d.groups > 1) snprintf(groups, sizeof groups, " in %d groups", (int)options->conv2d.groups);
  const char *residual = options->residual_interpolated ? " + bilinear residual" : " + residual";
  snprintf(text, size, "conv2d %dx%d%s%s%s%s%s%s", (int)options->kernel[0], (int)options->kernel[1], stride, groups,
           node->inputs[SN_CONVOLUTION_RESIDUAL].value >= 0 ? residual : "", activated ? " + " : "",
           activated ? sn_kernel_name(sn_activation_kernel(options->activation)) : "", options->tail ? " + 1x1" : "");
}

static void print_step(const SnPlan *plan, int index, FILE *stream, const double *seconds) {
  const SnPlanNode *node = &plan->graph.nodes[index];
  const SnArray *x = &node->inputs[0].array, *y = &node->outputs[0].array;
  char what[80], shapes[64], macs[16] = "", bytes[16];
  describe(node, what, sizeof what);
  snprintf(shapes, sizeof shapes, "%s -> %s", node->inputs[0].value < 0 ? "" : sn_shape_text(x->ndim, x->shape),
           sn_shape_text(y->ndim, y->shape));
  bool convolution = sn_node_is(node, SN_KERNEL_conv2d_fused);
  if (sn_node_macs(node) > 0) scaled((double)sn_node_macs(node), macs);
  fprintf(stream, "%4d  %-34s %-40s %-11s %8s %8sB", index + 1, what, shapes,
          convolution ? sn_convolution_algorithm_name(node->attributes.fused_conv2d.algorithm) : "", macs,
          scaled((double)sn_node_bytes(&plan->graph, node), bytes));
  if (seconds) {
    sn_fprintf(stream, " %9.3f", seconds[index] * 1e3);
    if (sn_node_macs(node) > 0) sn_fprintf(stream, " %9.1f", 2e-9 * (double)sn_node_macs(node) / seconds[index]);
  }
  fprintf(stream, "\n");
}

static void print_totals(FILE *stream, const char *name, const SnPlanTotals *totals) {
  char macs[16], bytes[16];
  fprintf(stream, "%-12s %4d steps, %sMAC, %sB moved\n", name, (int)totals->steps, scaled((double)totals->macs, macs),
          scaled((double)totals->bytes, bytes));
}

void sn_plan_print(const SnPlan *plan, FILE *stream, const double *seconds) {
  char arena[16], constants[16];
  const SnPlanSummary *summary = &plan->summary;
  double total = 0;
  fprintf(stream, "%4s  %-34s %-40s %-11s %8s %9s", "", "operation", "shapes", "algorithm", "MACs", "bytes");
  fprintf(stream, seconds ? " %9s %9s\n" : "\n", "ms", "GFLOP/s");
  for (int i = 0; i < plan->graph.node_count; i++) {
    print_step(plan, i, stream, seconds);
    if (seconds) total += seconds[i];
  }
  fprintf(stream, "\n");
  print_totals(stream, "as written", &summary->written);
  print_totals(stream, "planned", &summary->planned);
  fprintf(stream, "%-12s %sB of intermediates at once, %sB of weights\n", "memory",
          scaled((double)summary->arena_bytes, arena), scaled((double)summary->constant_bytes, constants));
  fprintf(stream, "%-12s %s\n", "algorithms", sn_choices_in_use() ? "as measured (--tuned)" : "by the built-in model");
  if (seconds)
    sn_fprintf(stream, "%-12s %.3f ms, %.1f GFLOP/s\n", "time", total * 1e3,
               2e-9 * (double)summary->planned.macs / total);
}
