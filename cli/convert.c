#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "datasets/outputs.h"
#include "report/output_kinds.h"
#include "tensor/weights.h"

/* SN_DTYPE_COUNT keeps the tensors' own. */
static bool read_dtype(const char *text, SnDtype *dtype) {
  static const struct {
    const char *name;
    SnDtype dtype;
  } known[] = {{"f32", SN_FLOAT32}, {"f16", SN_FLOAT16}, {"bf16", SN_BFLOAT16}};
  *dtype = SN_DTYPE_COUNT;
  if (!text) return true;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strcmp(text, known[i].name) == 0) *dtype = known[i].dtype;
  return *dtype != SN_DTYPE_COUNT;
}

static bool convert(const char *input, const char *output, SnDtype dtype) {
  SnOutputs outputs = {.kinds = sn_output_kinds};
  sn_outputs_read(&outputs, input);
  sn_outputs_write(&outputs, SN_OUTPUT_CONVERTED, "", output);
  return sn_outputs_are_clear(&outputs) && sn_weights_convert(input, output, dtype);
}

int sn_command_convert(int argc, char **argv) {
  const char *dtype_text = NULL;
  SnOption options[] = {{.name = "dtype",
                         .argument = "f32|f16|bf16",
                         .help = "what floating-point tensors become (as they are)",
                         .text = &dtype_text}};
  SnUsage usage = {
      "convert", "IN OUT.safetensors",
      "Rewrites weights (safetensors, or PyTorch's .pth in both forms) as safetensors. Integer tensors stay\n"
      "as they are, and a number too large for the type asked for is an error.",
      options, 1};
  int positionals;
  int status = sn_options_read(&usage, argc, argv, &positionals);
  if (status >= 0) return status;
  SnDtype dtype;
  if (!read_dtype(dtype_text, &dtype))
    return sn_usage_error(&usage, "--dtype: expected f32, f16 or bf16, found '%.40s'", dtype_text);
  if (positionals != 2) return sn_usage_error(&usage, "name the file to read and the file to write");
  if (!convert(argv[0], argv[1], dtype)) return sn_report_error();
  sn_print("written: %s\n", argv[1]);
  return SN_EXIT_OK;
}
