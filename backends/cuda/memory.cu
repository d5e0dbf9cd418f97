/* Device memory, and copies between it and the host's through pinned staging memory.
 *
 * Memory that is released stays with sn_storage (tensor/storage.h), which hands it out again in the order of the
 * stream; so a step after the first asks nothing of the driver here. */
#include <string.h>

#include <mutex>

#include "backends/cuda/context.cuh"

void *sn_cuda_allocate(size_t bytes) {
  void *memory = nullptr;
  if (cudaMalloc(&memory, bytes) == cudaSuccess) return memory;
  cudaGetLastError();
  return nullptr;
}

void sn_cuda_release(void *memory, size_t bytes) {
  (void)bytes;
  cudaFree(memory); /* waits for the work that uses it */
}

bool sn_cuda_synchronize(void) { return sn_cuda_check(cudaStreamSynchronize(sn_cuda_stream()), "computing"); }

/* ---- staging ---- */

/* Copies are cut into pieces that pass through a ring of pinned buffers. The device fetches a piece while the host
 * fills the next one, and an upload returns before its last pieces have arrived. */
namespace {

constexpr size_t PIECE = (size_t)4 << 20;
constexpr int PIECES = 8;

struct Piece {
  void *memory;
  cudaEvent_t done; /* the device is through with it */
};

Piece ring[PIECES];
int turn;
bool ring_ready;
std::mutex ring_mutex;

bool make_ring() {
  for (Piece &piece : ring) {
    if (ring_ready) break;
    if (!piece.memory && !sn_cuda_check(cudaMallocHost(&piece.memory, PIECE), "making 4 MiB of pinned memory"))
      return false;
    if (!piece.done && !sn_cuda_check(cudaEventCreateWithFlags(&piece.done, cudaEventDisableTiming), "making an event"))
      return false;
  }
  ring_ready = true;
  return true;
}

/* The next buffer, once the device has left it. */
Piece *take() {
  Piece *piece = &ring[turn];
  turn = (turn + 1) % PIECES;
  return sn_cuda_check(cudaEventSynchronize(piece->done), "a copy") ? piece : nullptr;
}

bool enqueue(Piece *piece, void *to, const void *from, size_t bytes, cudaMemcpyKind kind) {
  return sn_cuda_check(cudaMemcpyAsync(to, from, bytes, kind, sn_cuda_stream()), "a copy") &&
         sn_cuda_check(cudaEventRecord(piece->done, sn_cuda_stream()), "a copy");
}

size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

}  // namespace

static bool may_copy() {
  return !sn_cuda_is_recording() || sn_cuda_fail("cuda: a copy to or from the host cannot be part of a recording");
}

bool sn_cuda_copy_from_host(void *memory, const void *host, size_t bytes) {
  if (!may_copy()) return false;
  std::lock_guard<std::mutex> lock(ring_mutex);
  if (!make_ring()) return false;
  for (size_t at = 0; at < bytes; at += PIECE) {
    size_t size = smaller(PIECE, bytes - at);
    Piece *piece = take();
    if (!piece) return false;
    memcpy(piece->memory, (const char *)host + at, size);
    if (!enqueue(piece, (char *)memory + at, piece->memory, size, cudaMemcpyHostToDevice)) return false;
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
      if (!piece || !enqueue(piece, piece->memory, (const char *)memory + at, size, cudaMemcpyDeviceToHost))
        return false;
    }
    if (before) {
      if (!sn_cuda_check(cudaEventSynchronize(before->done), "computing")) return false;
      memcpy((char *)host + before_at, before->memory, smaller(PIECE, bytes - before_at));
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
  static size_t room;
  if (bytes <= room) return block;
  size_t size = bytes > 2 * room ? bytes : 2 * room;
  void *larger = sn_cuda_allocate(size);
  if (!larger && size > bytes) larger = sn_cuda_allocate(size = bytes);
  if (!larger) {
    sn_cuda_fail("cuda: out of memory: %zu bytes of scratch memory were asked for", bytes);
    return nullptr;
  }
  block = larger;
  room = size;
  return block;
}
