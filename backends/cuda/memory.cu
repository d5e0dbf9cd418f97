/* Device memory, and copies between it and the host's through pinned staging memory.
 *
 * Memory that is released stays with sn_storage (tensor/storage.h), which hands it out again in the order of the
 * stream; so a step after the first asks nothing of the driver here. */
#include <string.h>

#include <mutex>

#include "backends/cuda/context.cuh"

/* Of memory that is short the caller says what it was for; anything else is an earlier kernel's failure. */
void *sn_cuda_allocate(size_t bytes) {
  void *memory = nullptr;
  cudaError_t status = cudaMalloc(&memory, bytes);
  if (status == cudaErrorMemoryAllocation)
    cudaGetLastError();
  else if (sn_cuda_check(status, "computing"))
    return memory;
  return nullptr;
}

void sn_cuda_release(void *memory, size_t bytes) {
  (void)bytes;
  if (cudaFree(memory) != cudaSuccess) cudaGetLastError(); /* waits for the work that uses it */
}

bool sn_cuda_synchronize(void) { return sn_cuda_check(cudaStreamSynchronize(sn_cuda_stream()), "computing"); }

/* ---- staging ---- */

/* Copies are cut into pieces that pass through a ring of pinned buffers, which the device reads and writes by itself.
 * An upload goes in a stream of its own to a landing place, while the device computes, and from there to its
 * destination in the order of all other work; it returns when the last piece is in the ring. */
namespace {

constexpr size_t PIECE = (size_t)4 << 20;
constexpr int PIECES = 8;

struct Piece {
  void *pinned, *landing; /* the host's; the device's */
  cudaEvent_t arrived;    /* what was uploaded is in the landing place */
  cudaEvent_t done;       /* the device is through with the piece */
};

Piece ring[PIECES];
int turn;
bool ring_ready;
cudaStream_t uploads;
std::mutex ring_mutex;

bool make_event(cudaEvent_t *event) {
  return *event || sn_cuda_check(cudaEventCreateWithFlags(event, cudaEventDisableTiming), "making an event");
}

bool make_piece(Piece *piece) {
  if (!piece->pinned && !sn_cuda_check(cudaMallocHost(&piece->pinned, PIECE), "making 4 MiB of pinned memory"))
    return false;
  if (!piece->landing && !(piece->landing = sn_cuda_allocate(PIECE)))
    return sn_cuda_fail("cuda: out of memory: %zu bytes were asked for, for copies", PIECE);
  return make_event(&piece->arrived) && make_event(&piece->done);
}

/* What a failure has left half made is gone on with at the next call. */
bool make_ring() {
  for (int i = 0; i < PIECES && !ring_ready; i++)
    if (!make_piece(&ring[i])) return false;
  if (!uploads && !sn_cuda_check(cudaStreamCreateWithFlags(&uploads, cudaStreamNonBlocking), "making a stream"))
    return false;
  return ring_ready = true;
}

/* The next buffer, once the device has left it. */
Piece *take() {
  Piece *piece = &ring[turn];
  turn = (turn + 1) % PIECES;
  return sn_cuda_check(cudaEventSynchronize(piece->done), "a copy") ? piece : nullptr;
}

bool upload(Piece *piece, void *to, size_t bytes) {
  cudaStream_t stream = sn_cuda_stream();
  return sn_cuda_check(cudaMemcpyAsync(piece->landing, piece->pinned, bytes, cudaMemcpyHostToDevice, uploads),
                       "a copy") &&
         sn_cuda_check(cudaEventRecord(piece->arrived, uploads), "a copy") &&
         sn_cuda_check(cudaStreamWaitEvent(stream, piece->arrived, 0), "a copy") &&
         sn_cuda_check(cudaMemcpyAsync(to, piece->landing, bytes, cudaMemcpyDeviceToDevice, stream), "a copy") &&
         sn_cuda_check(cudaEventRecord(piece->done, stream), "a copy");
}

bool download(Piece *piece, const void *from, size_t bytes) {
  return sn_cuda_check(cudaMemcpyAsync(piece->pinned, from, bytes, cudaMemcpyDeviceToHost, sn_cuda_stream()),
                       "a copy") &&
         sn_cuda_check(cudaEventRecord(piece->done, sn_cuda_stream()), "a copy");
}

size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

bool may_copy() {
  return !sn_cuda_is_recording() || sn_cuda_fail("cuda: a copy to or from the host cannot be part of a recording");
}

}  // namespace

bool sn_cuda_copy_from_host(void *memory, const void *host, size_t bytes) {
  if (!may_copy()) return false;
  std::lock_guard<std::mutex> lock(ring_mutex);
  if (!make_ring()) return false;
  for (size_t at = 0; at < bytes; at += PIECE) {
    size_t size = smaller(PIECE, bytes - at);
    Piece *piece = take();
    if (!piece) return false;
    memcpy(piece->pinned, (const char *)host + at, size);
    if (!upload(piece, (char *)memory + at, size)) return false;
  }
  return true;
}

/* Two pieces are under way: one is fetched from the device while the one before it is copied out. */
bool sn_cuda_copy_to_host(void *host, const void *memory, size_t bytes) {
  if (!may_copy()) return false;
  std::lock_guard<std::mutex> lock(ring_mutex);
  if (!make_ring()) return false;
  Piece *before = nullptr;
  size_t before_at = 0;
  for (size_t at = 0; at < bytes + PIECE; at += PIECE) {
    Piece *piece = nullptr;
    if (at < bytes) {
      size_t size = smaller(PIECE, bytes - at);
      piece = take();
      if (!piece || !download(piece, (const char *)memory + at, size)) return false;
    }
    if (before) {
      if (!sn_cuda_check(cudaEventSynchronize(before->done), "computing")) return false;
      memcpy((char *)host + before_at, before->pinned, smaller(PIECE, bytes - before_at));
    }
    before = piece;
    before_at = at;
  }
  return true;
}

/* ---- scratch ---- */

/* A block that has become too small is kept: recorded work may still use it. Blocks at least double, so all that are
 * kept together are smaller than the newest. */
void *sn_cuda_scratch(size_t bytes) {
  static void *block;
  static size_t capacity;
  if (bytes == 0) bytes = 1; /* NULL means failure */
  if (bytes <= capacity) return block;
  size_t size = bytes > 2 * capacity ? bytes : 2 * capacity;
  void *larger = sn_cuda_allocate(size);
  if (!larger && size > bytes) larger = sn_cuda_allocate(size = bytes);
  if (!larger) {
    sn_cuda_fail("cuda: out of memory: %zu bytes of scratch memory were asked for", bytes);
    return nullptr;
  }
  block = larger;
  capacity = size;
  return block;
}
