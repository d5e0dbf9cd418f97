/* The device's memory: one reserved range, handed out by first fit with gaps that the address sanitizer watches, and
 * closed to the host while set_guard asks for it. */
#include <stdlib.h>
#include <sys/mman.h>

#include <map>
#include <set>

#include "simulator.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#endif
#endif
#ifndef ASAN_POISON_MEMORY_REGION
#define ASAN_POISON_MEMORY_REGION(memory, bytes) ((void)(memory), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(memory, bytes) ((void)(memory), (void)(bytes))
#endif

namespace {

constexpr size_t RESERVED = (size_t)4 << 30, ALIGNMENT = 256, PAGE = 4096;

unsigned char *arena;
size_t limit = RESERVED, taken, highest;
std::map<size_t, size_t> blocks; /* start -> bytes as asked for */
std::set<const void *> pinned;
bool guarded;
int running;

size_t round_up(size_t bytes, size_t multiple) { return (bytes + multiple - 1) / multiple * multiple; }

/* Where a block of so many bytes and a gap behind it fit. */
size_t first_fit(size_t bytes) {
  size_t at = 0;
  for (const auto &[start, size] : blocks) {
    if (start >= at + bytes + ALIGNMENT) break;
    at = round_up(start + size + ALIGNMENT, ALIGNMENT);
  }
  return at;
}

void protect(bool closed) {
  if (highest > 0) mprotect(arena, round_up(highest, PAGE), closed ? PROT_NONE : PROT_READ | PROT_WRITE);
}

}  // namespace

SnCudaHostAccess::SnCudaHostAccess() {
  if (running++ == 0 && guarded) protect(false);
}

SnCudaHostAccess::~SnCudaHostAccess() {
  if (--running == 0 && guarded) protect(true);
}

bool sn_cuda_host_is_device(const void *memory, size_t bytes) {
  if (!arena || (const unsigned char *)memory < arena || (const unsigned char *)memory >= arena + RESERVED)
    return false;
  size_t at = (size_t)((const unsigned char *)memory - arena);
  auto after = blocks.upper_bound(at);
  if (after == blocks.begin()) return false;
  --after;
  return at + bytes <= after->first + after->second;
}

bool sn_cuda_host_is_pinned(const void *memory) {
  auto after = pinned.upper_bound(memory);
  if (after == pinned.begin()) return false;
  --after;
  return (const unsigned char *)memory < (const unsigned char *)*after + *(const size_t *)((const char *)*after - PAGE);
}

cudaError_t cudaMalloc(void **memory, size_t bytes) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  *memory = nullptr;
  if (sn_cuda_host_broken() != cudaSuccess) return sn_cuda_host_error(sn_cuda_host_broken());
  if (sn_cuda_host_forbids_allocation()) return sn_cuda_host_error(cudaErrorStreamCaptureUnsupported);
  if (bytes == 0) return cudaSuccess;
  if (!arena) {
    void *range = mmap(nullptr, RESERVED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range == MAP_FAILED) return sn_cuda_host_error(cudaErrorMemoryAllocation);
    arena = (unsigned char *)range;
    ASAN_POISON_MEMORY_REGION(arena, RESERVED);
  }
  if (bytes > limit || taken > limit - bytes) return sn_cuda_host_error(cudaErrorMemoryAllocation);
  size_t at = first_fit(bytes);
  if (at + bytes + ALIGNMENT > RESERVED) return sn_cuda_host_error(cudaErrorMemoryAllocation);
  if (at + bytes > highest) {
    if (guarded) mprotect(arena, round_up(at + bytes, PAGE), running ? PROT_READ | PROT_WRITE : PROT_NONE);
    highest = at + bytes;
  }
  blocks[at] = bytes;
  taken += bytes;
  *memory = arena + at;
  ASAN_UNPOISON_MEMORY_REGION(*memory, bytes);
  SnCudaHostAccess access;
  memset(*memory, 0xFF, bytes); /* NaN: nobody may count on zeros */
  return cudaSuccess;
}

cudaError_t cudaFree(void *memory) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  if (!memory) return cudaSuccess;
  if (sn_cuda_host_forbids_allocation()) return sn_cuda_host_error(cudaErrorStreamCaptureUnsupported);
  auto block =
      sn_cuda_host_is_device(memory, 1) ? blocks.find((size_t)((unsigned char *)memory - arena)) : blocks.end();
  if (block == blocks.end()) return sn_cuda_host_error(cudaErrorInvalidValue);
  cudaError_t error = sn_cuda_host_drain_all();
  taken -= block->second;
  ASAN_POISON_MEMORY_REGION(memory, block->second);
  blocks.erase(block);
  return error;
}

/* The size stands a page before the memory. */
cudaError_t cudaMallocHost(void **memory, size_t bytes) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  unsigned char *block = (unsigned char *)aligned_alloc(PAGE, PAGE + round_up(bytes, PAGE));
  if (!block) return sn_cuda_host_error(cudaErrorMemoryAllocation);
  *(size_t *)block = bytes;
  *memory = block + PAGE;
  pinned.insert(*memory);
  return cudaSuccess;
}

cudaError_t cudaFreeHost(void *memory) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  if (!memory) return cudaSuccess;
  if (pinned.erase(memory) == 0) return sn_cuda_host_error(cudaErrorInvalidValue);
  cudaError_t error = sn_cuda_host_drain_all();
  free((unsigned char *)memory - PAGE);
  return error;
}

cudaError_t cudaMemGetInfo(size_t *available, size_t *total) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  *total = limit;
  *available = limit > taken ? limit - taken : 0;
  return cudaSuccess;
}

/* ---- copies ---- */

static bool is_right(const void *memory, size_t bytes, bool device) {
  return device ? sn_cuda_host_is_device(memory, bytes)
                : !arena || (const unsigned char *)memory + bytes <= arena ||
                      (const unsigned char *)memory >= arena + RESERVED;
}

/* From and to pinned memory a copy is made when its turn comes; other memory is copied before the call returns. */
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  bool from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
  bool to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
  if (bytes == 0) return cudaSuccess;
  if (!is_right(from, bytes, from_device) || !is_right(to, bytes, to_device))
    return sn_cuda_host_error(cudaErrorInvalidValue);
  const void *host = from_device ? (to_device ? nullptr : to) : from;
  bool later = !host || sn_cuda_host_is_pinned(host);
  if (!later && sn_cuda_host_is_recording(stream)) return sn_cuda_host_error(cudaErrorStreamCaptureUnsupported);
  sn_cuda_host_enqueue(stream, [=] { memcpy(to, from, bytes); });
  return later ? cudaSuccess : sn_cuda_host_drain(stream);
}

cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, cudaMemcpyKind kind) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  cudaError_t error = cudaMemcpyAsync(to, from, bytes, kind, nullptr);
  return error == cudaSuccess ? sn_cuda_host_drain(nullptr) : error;
}

cudaError_t cudaMemsetAsync(void *to, int byte, size_t bytes, cudaStream_t stream) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  if (bytes == 0) return cudaSuccess;
  if (!sn_cuda_host_is_device(to, bytes)) return sn_cuda_host_error(cudaErrorInvalidValue);
  sn_cuda_host_enqueue(stream, [=] { memset(to, byte, bytes); });
  return cudaSuccess;
}

void sn_cuda_host_set_memory(size_t bytes) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  limit = std::min(bytes, RESERVED);
}

void sn_cuda_host_set_guard(bool wanted) {
  SnCudaHostLock lock(sn_cuda_host_mutex);
  if (guarded != wanted && !running) protect(wanted);
  guarded = wanted;
}
