#include "cli/memory_option.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/machine.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/temporary_memory.h"
#include "cli/terminal.h"
#include "studies/cost.h"
#include "tensor/tensor.h"

bool sn_read_memory(const char *text, double *bytes) {
  *bytes = text ? 0 : 0.9 * (double)sn_available_memory();
  if (text && sn_parse_real("--memory", text, 0, 1e6, bytes)) *bytes *= 1e9;
  return sn_ok();
}

static bool check(const SnOption *option) {
  double bytes;
  return sn_read_memory(*option->text, &bytes);
}

void sn_add_memory_option(SnOption *options, int *count, const char **text) {
  if (*count < SN_MAX_OPTIONS)
    options[(*count)++] =
        (SnOption){.name = "memory",
                   .argument = "GB",
                   .help =
                       "memory that may be taken, by all processes together; features that do not fit are in "
                       "temporary files in TMPDIR or /tmp (nine tenths of what is available)",
                   .text = text,
                   .check = check};
}

/* Maps and masks of a test set stay in memory: what cannot hold them is an error before hours are spent. */
static bool check_test(int64_t images, SnSize crop) {
  enum { PIXEL_BYTES = sizeof(float) + 1 };
  char what[96];
  int64_t bytes;
  snprintf(what, sizeof what, "maps and masks of %" PRId64 " test images of %" PRId64 " x %" PRId64 " pixels", images,
           crop.height, crop.width);
  if (!sn_multiply(images, PIXEL_BYTES * sn_size_pixels(crop), &bytes)) return sn_fail("%s: are too many", what);
  return sn_memory_suffices(bytes, what);
}

SnLargeMemory *sn_limit_features(const char *text, int64_t test_images, SnSize crop) {
  double bytes;
  if (!sn_read_memory(text, &bytes)) return NULL;
  if (text && sn_device()->copy_to_host)
    return sn_fail_null("--memory: limits this machine's memory, but features stay in that of the device %s",
                        sn_device()->name);
  if (!check_test(test_images, crop)) return NULL;
  if (text) bytes -= sn_peak_memory(); /* what is available otherwise is so beside it */
  SnLargeMemory *memory = sn_scope_allocate(1, sizeof *memory, NULL);
  if (memory) memory->limit = fmax(0, bytes - sn_cost_memory(&(SnCost){0}, 0, test_images, crop));
  return memory;
}

void sn_print_spilled_features(void) {
  double bytes = (double)sn_storage_file_bytes();
  if (bytes > 0)
    sn_print("%.1f GB of features do not fit in memory (--memory): they are in temporary files in %s\n", bytes / 1e9,
             sn_temporary_folder());
}
