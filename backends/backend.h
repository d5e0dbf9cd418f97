/* What a backend provides: memory, and kernels for as much of the list in kernels.h as it has. */
#ifndef SN_BACKENDS_BACKEND_H
#define SN_BACKENDS_BACKEND_H

#include "backends/kernels.h"

/* Of factors; sums are float32. tf32 keeps 10 bits of the fraction, bfloat16 7. */
typedef enum SnPrecision {
  SN_PRECISION_FLOAT32,
  SN_PRECISION_TF32,
  SN_PRECISION_BFLOAT16,
  SN_PRECISION_INT8
} SnPrecision;

/* Products of bfloat16 are more accurate than those of 8 bits, so INT8 allows them for what is not computed in 8 bits.
 */
static inline bool sn_may_round_to_bfloat16(SnPrecision precision) {
  return precision == SN_PRECISION_BFLOAT16 || precision == SN_PRECISION_INT8;
}

/* Kernel calls that were noted once and run again as a whole. */
typedef struct SnRecording SnRecording;

/* Threads that share out the work of kernels. */
typedef struct SnPool SnPool;

/* How far a run of a recording is from the moment of its recording: added to the step of random numbers and of Adam,
 * and to the batch that index_select takes. */
typedef struct SnClock {
  int64_t step, batch;
} SnClock;

typedef struct SnBackend {
  const char *name;        /* as `--device` takes it */
  const char *description; /* one line for people: libraries, instruction set, device */

  /* Makes the device ready, once, before anything else of it is used; false and an error that says what is missing.
   * NULL: it always is. */
  bool (*start)(void);

  /* Memory aligned to 64 bytes, uninitialised; NULL when there is none. bytes > 0. */
  void *(*allocate)(size_t bytes);
  void (*release)(void *memory, size_t bytes);
  /* Between this backend's memory and the host's; both NULL when the host reads and writes the memory itself. */
  bool (*copy_to_host)(void *host, const void *memory, size_t bytes);
  bool (*copy_from_host)(void *memory, const void *host, size_t bytes);
  /* Waits until all kernels called so far are done, and says whether they went well; NULL when kernels are done on
   * return. */
  bool (*synchronize)(void);

  /* Seconds since the last call by the device's own clock, once all kernels called so far are done; NULL: the host's
   * clock tells as well. */
  bool (*stopwatch)(double *seconds);

  /* How matrices and convolutions of float32 are multiplied from now on where this thread plans or calls kernels, and
   * how they are at present; both NULL: SN_PRECISION_FLOAT32 always. */
  bool (*set_precision)(SnPrecision precision);
  SnPrecision (*precision)(void);

  /* Recordings; all four NULL where there are none. Between record_begin and record_end the kernels that this thread
   * calls are noted, with their arguments and addresses, and do not run; copies to and from the host are errors. Run
   * the same calls once before, so that the device is ready for them. Their memory must stay as long as the recording.
   * record_run needs no clock from call to call where each is one step and one batch on: the device counts. */
  bool (*record_begin)(void);
  SnRecording *(*record_end)(void); /* ends it in any case; NULL and an error when something could not be noted */
  bool (*record_run)(SnRecording *recording, SnClock clock);
  void (*record_free)(SnRecording *recording); /* NULL is allowed */

  /* How many threads kernels use, from 1. Results do not depend on it. set_threads NULL: it is not to be chosen. */
  void (*set_threads)(int count);
  int (*threads)(void);

  /* Threads of one's own (cpu/pool.h): kernels that this thread calls after pool_enter use them, NULL: those of all.
   * All three NULL where there are none. */
  SnPool *(*pool_new)(int threads);
  void (*pool_free)(SnPool *pool);
  SnPool *(*pool_enter)(SnPool *pool); /* returns the one before */

  /* Of fused convolutions of float32 images of shape x [N,C,H,W]: the fastest algorithm here, which is one that the
   * backend supports, as far as its author has measured (`algorithm` of the argument is not read); whether it can run
   * with `algorithm`; and the number of elements that conv2d_prepare gives for it. A supported one is never declined.
   */
  SnConvolutionAlgorithm (*conv2d_choose)(const SnFusedConv2d *conv2d, const int64_t x[4]);
  bool (*conv2d_supports)(const SnFusedConv2d *conv2d, const int64_t x[4]);
  int64_t (*conv2d_prepared_count)(const SnFusedConv2d *conv2d);

  /* One function a kernel; NULL where the backend has none and the reference backend's is used. */
  SnKernelFunction kernels[SN_KERNEL_COUNT];
} SnBackend;

/* Each backend, in backends/<name>/backend.c. */
const SnBackend *sn_backend_reference(void);
const SnBackend *sn_backend_cpu(void);

/* ---- registry.c ---- */

/* Those that are built in and work in the host's memory. */
int sn_backend_count(void);
const SnBackend *sn_backend_at(int index);

/* By name; NULL when there is none of that name. "cuda" is opened (cuda_library.h), not started; NULL and an error when
 * it cannot be. */
const SnBackend *sn_backend_find(const char *name);

const char *sn_kernel_name(SnKernel kernel);

/* Runs a kernel on a backend: its own, or the reference one when it has none or that declines. Returns false when
 * neither can (the backend's memory is not the host's and it has no such kernel); false with an error when a kernel
 * failed, or an error stood before. */
bool sn_kernel_run(const SnBackend *backend, SnKernel kernel, const SnCall *call);

/* As `info --plan` prints it: "direct", "im2col", "pointwise", "depthwise", "rows", "grouped", "shallow",
 * "winograd_2", "winograd_4", "bfloat16". */
const char *sn_convolution_algorithm_name(SnConvolutionAlgorithm algorithm);

/* Calls in this process that a backend other than the reference declined or lacked. For tests and `info --kernels`. */
int64_t sn_fallback_count(void);

#endif
