/* Recordings as CUDA graphs. What changes from run to run is in the recording's clock, in device memory; where a kernel
 * asked for it, the graph's last node moves it on, so that runs follow each other without a word from the host. */
#include <stdlib.h>

#include "backends/cuda/context.cuh"
#include "backends/cuda/launch.cuh"

struct SnRecording {
  cudaGraphExec_t graph;
  SnClock *clock; /* in device memory */
  SnClock next;   /* what it says there */
  bool has_clock; /* a kernel reads it */
};

static SnRecording *under_way;

__global__ static void set_clock(SnClock *clock, SnClock value) { *clock = value; }

__global__ static void move_clock(SnClock *clock) {
  clock->step++;
  clock->batch++;
}

bool sn_cuda_is_recording(void) { return under_way != nullptr; }

const SnClock *sn_cuda_clock(void) {
  if (!under_way) return nullptr;
  under_way->has_clock = true;
  return under_way->clock;
}

static SnRecording *make() {
  SnRecording *recording = (SnRecording *)calloc(1, sizeof *recording);
  if (recording) recording->clock = (SnClock *)sn_cuda_allocate(sizeof *recording->clock);
  if (recording && recording->clock) return recording;
  free(recording);
  sn_cuda_fail("cuda: out of memory: %zu bytes were asked for, for a recording", sizeof *recording);
  return nullptr;
}

/* Relaxed: memory that is allocated meanwhile is allocated, and not noted. Kernels are loaded at their first launch,
 * which drivers before CUDA 12.3 refuse while they record; so move_clock brings the clock to its beginning. */
bool sn_cuda_record_begin(void) {
  if (under_way) return sn_cuda_fail("cuda: a recording is under way already");
  SnRecording *recording = make();
  if (!recording) return false;
  SN_LAUNCH(set_clock, 1, 1, 0, sn_cuda_stream(), recording->clock, (SnClock{-1, -1}));
  SN_LAUNCH(move_clock, 1, 1, 0, sn_cuda_stream(), recording->clock);
  if (!sn_cuda_check(cudaGetLastError(), "setting a clock") ||
      !sn_cuda_check(cudaStreamBeginCapture(sn_cuda_stream(), cudaStreamCaptureModeRelaxed), "beginning a recording")) {
    sn_cuda_record_free(recording);
    return false;
  }
  under_way = recording;
  return true;
}

static bool finish(SnRecording *recording) {
  if (recording->has_clock) SN_LAUNCH(move_clock, 1, 1, 0, sn_cuda_stream(), recording->clock);
  bool launched = sn_cuda_check(cudaGetLastError(), "recording");
  cudaGraph_t graph = nullptr;
  if (!sn_cuda_check(cudaStreamEndCapture(sn_cuda_stream(), &graph), "ending a recording")) return false;
  bool made = launched && sn_cuda_check(cudaGraphInstantiate(&recording->graph, graph, 0), "making a CUDA graph");
  cudaGraphDestroy(graph);
  return made;
}

SnRecording *sn_cuda_record_end(void) {
  SnRecording *recording = under_way;
  if (!recording) return nullptr;
  bool finished = finish(recording);
  under_way = nullptr;
  if (finished) return recording;
  sn_cuda_record_free(recording);
  return nullptr;
}

bool sn_cuda_record_run(SnRecording *recording, SnClock clock) {
  bool right = clock.step == recording->next.step && clock.batch == recording->next.batch;
  if (recording->has_clock && !right) {
    SN_LAUNCH(set_clock, 1, 1, 0, sn_cuda_stream(), recording->clock, clock);
    if (!sn_cuda_check(cudaGetLastError(), "setting a clock")) return false;
    recording->next = clock;
  }
  if (!sn_cuda_check(cudaGraphLaunch(recording->graph, sn_cuda_stream()), "running a recording")) return false;
  recording->next = {clock.step + 1, clock.batch + 1};
  return true;
}

void sn_cuda_record_free(SnRecording *recording) {
  if (!recording) return;
  cudaStreamSynchronize(sn_cuda_stream()); /* it may still run */
  if (recording->graph) cudaGraphExecDestroy(recording->graph);
  sn_cuda_release(recording->clock, sizeof *recording->clock);
  free(recording);
}
