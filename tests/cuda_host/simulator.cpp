/* Runs kernels: blocks one after the other, the threads of a block as coroutines.
 *
 * A coroutine runs one thread after the other until one has to wait; then the next coroutine goes on with the threads
 * that have not begun. So a kernel without barriers switches never. The order changes from block to block, between
 * first to last and last to first: whichever thread fails to wait for another comes too early in one of the two. */
#include "simulator.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#if defined(__SANITIZE_ADDRESS__)
#define ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESS_SANITIZER 1
#endif
#endif
#ifdef ADDRESS_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif

std::recursive_mutex sn_cuda_host_mutex;
const SnCudaHostThread *sn_cuda_host_thread;
dim3 sn_cuda_host_block_size, sn_cuda_host_grid_size;

namespace {

constexpr unsigned MAX_THREADS = 1024, LANES = 32, MASKS = 16;
constexpr size_t STACK = 256 << 10, MAX_SHARED = 227 << 10;

struct Fiber {
  jmp_buf context;
  ucontext_t beginning;
  unsigned char *stack;
  bool entered;
};

/* Lanes of a warp that wait for each other. Values of one exchange stay while the next is made. */
struct Exchange {
  unsigned mask, arrived;
  uint64_t generation;
  unsigned char value[2][LANES][16];
};

struct Warp {
  unsigned alive;
  int exchanges;
  Exchange exchange[MASKS]; /* one for each mask that came up */
};

struct Thread : SnCudaHostThread {
  unsigned rank;
  bool done;
  Fiber *fiber; /* while it waits */
  const uint64_t *awaited;
  uint64_t generation; /* it waits until *awaited differs from this */
};

Fiber fibers[MAX_THREADS], *idle[MAX_THREADS];
unsigned idle_count;
Thread threads[MAX_THREADS];
Warp warps[MAX_THREADS / LANES];
alignas(16) unsigned char dynamic_shared[MAX_SHARED];

jmp_buf scheduler;
Fiber *fiber;
Thread *current;
const std::function<void()> *kernel;
unsigned begun, live, arrived, thread_count;
bool backwards;
uint64_t barrier;
bool broken;

#ifdef ADDRESS_SANITIZER
const void *scheduler_stack;
size_t scheduler_stack_size;
void about_to_switch(void **kept, const void *stack, size_t size) { __sanitizer_start_switch_fiber(kept, stack, size); }
void switched(void *kept, bool on_fiber) {
  __sanitizer_finish_switch_fiber(kept, on_fiber ? &scheduler_stack : nullptr,
                                  on_fiber ? &scheduler_stack_size : nullptr);
}
#else
constexpr const void *scheduler_stack = nullptr;
constexpr size_t scheduler_stack_size = 0;
void about_to_switch(void **, const void *, size_t) {}
void switched(void *, bool) {}
#endif

/* _setjmp and _longjmp, since swapcontext calls the kernel each time. */
void resume(Fiber *next) {
  void *kept = nullptr;
  fiber = next;
  about_to_switch(&kept, next->stack, STACK);
  if (_setjmp(scheduler) == 0) {
    if (next->entered) _longjmp(next->context, 1);
    next->entered = true;
    setcontext(&next->beginning);
  }
  switched(kept, false);
}

void leave() {
  void *kept = nullptr;
  Fiber *own = fiber;
  about_to_switch(&kept, scheduler_stack, scheduler_stack_size);
  if (_setjmp(own->context) == 0) _longjmp(scheduler, 1);
  switched(kept, true);
}

void wait_for_change(const uint64_t *generation) {
  Thread *own = current;
  own->fiber = fiber;
  own->awaited = generation;
  own->generation = *generation;
  leave();
}

void open_barrier_if_all_arrived() {
  if (arrived == 0 || arrived < live) return;
  arrived = 0;
  barrier++;
}

void complete_if_all_gave(const Warp *warp, Exchange *exchange) {
  if (exchange->arrived == 0 || (exchange->mask & warp->alive & ~exchange->arrived) != 0) return;
  exchange->arrived = 0;
  exchange->generation++;
}

void end_thread(Thread *thread) {
  Warp *warp = &warps[thread->rank / LANES];
  thread->done = true;
  live--;
  warp->alive &= ~(1u << thread->rank % LANES);
  open_barrier_if_all_arrived();
  for (int i = 0; i < warp->exchanges; i++) complete_if_all_gave(warp, &warp->exchange[i]);
}

void run_threads() {
  switched(nullptr, true);
  for (;;) {
    while (begun < thread_count) {
      unsigned rank = backwards ? thread_count - 1 - begun : begun;
      begun++;
      sn_cuda_host_thread = current = &threads[rank];
      (*kernel)();
      end_thread(current);
    }
    idle[idle_count++] = fiber;
    leave();
  }
}

void all_idle() {
  idle_count = 0;
  for (Fiber &f : fibers) {
    f.entered = false;
    idle[idle_count++] = &f;
  }
}

void make_fibers() {
  if (fibers[0].stack) return;
  for (Fiber &f : fibers) {
    void *stack =
        mmap(nullptr, STACK + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stack == MAP_FAILED || mprotect(stack, 4096, PROT_NONE) != 0) abort();
    f.stack = (unsigned char *)stack + 4096;
  }
  all_idle();
}

void begin_again(Fiber *f) {
  getcontext(&f->beginning);
  f->beginning.uc_stack.ss_sp = f->stack;
  f->beginning.uc_stack.ss_size = STACK;
  f->beginning.uc_link = nullptr;
  makecontext(&f->beginning, run_threads, 0);
}

Fiber *idle_fiber() {
  Fiber *f = idle[--idle_count]; /* there are as many as threads */
  if (!f->entered) begin_again(f);
  return f;
}

bool run_block(dim3 block, uint3 place) {
  thread_count = live = block.x * block.y * block.z;
  begun = arrived = 0;
  for (unsigned rank = 0; rank < thread_count; rank++) {
    Thread *t = &threads[rank];
    t->thread = {rank % block.x, rank / block.x % block.y, rank / block.x / block.y};
    t->block = place;
    t->rank = rank;
    t->done = false;
    t->fiber = nullptr;
  }
  for (unsigned w = 0; w * LANES < thread_count; w++) {
    unsigned lanes = std::min(LANES, thread_count - w * LANES);
    warps[w].alive = lanes == LANES ? 0xFFFFFFFFu : (1u << lanes) - 1;
    warps[w].exchanges = 0;
  }
  while (begun < thread_count) resume(idle_fiber());
  while (live > 0) {
    bool any = false;
    for (unsigned i = 0; i < thread_count; i++) {
      Thread *t = &threads[backwards ? thread_count - 1 - i : i];
      if (t->done || *t->awaited == t->generation) continue;
      sn_cuda_host_thread = current = t;
      any = true;
      resume(t->fiber);
    }
    if (!any) return false;
  }
  return true;
}

}  // namespace

void __syncthreads() {
  arrived++;
  uint64_t before = barrier;
  open_barrier_if_all_arrived();
  if (barrier == before) wait_for_change(&barrier);
}

unsigned sn_cuda_host_lane() { return current->rank % LANES; }

const unsigned char (*sn_cuda_host_exchange(unsigned mask, const void *value, size_t bytes))[16] {
  Warp *warp = &warps[current->rank / LANES];
  unsigned lane = sn_cuda_host_lane();
  int i = 0;
  while (i < warp->exchanges && warp->exchange[i].mask != mask) i++;
  Exchange *exchange = &warp->exchange[i];
  if (i == warp->exchanges) {
    if (i == MASKS) abort();
    warp->exchanges++;
    *exchange = {};
    exchange->mask = mask;
    memset(exchange->value, 0xFF, sizeof exchange->value);
  }
  if (!(mask >> lane & 1) || (exchange->arrived >> lane & 1)) {
    fprintf(stderr, "cuda host: lane %u is not in its mask %08x\n", lane, mask);
    broken = true;
  }
  uint64_t before = exchange->generation;
  unsigned char(*values)[16] = exchange->value[before & 1];
  if (bytes > 0) memcpy(values[lane], value, bytes);
  exchange->arrived |= 1u << lane;
  complete_if_all_gave(warp, exchange);
  if (exchange->generation == before) wait_for_change(&exchange->generation);
  return values;
}

unsigned char *sn_cuda_host_dynamic_shared() { return dynamic_shared; }

bool sn_cuda_host_run(dim3 grid, dim3 block, size_t shared_bytes, const std::function<void()> &body) {
  static bool turn;
  make_fibers();
  kernel = &body;
  sn_cuda_host_block_size = block;
  sn_cuda_host_grid_size = grid;
  broken = false;
  uint64_t count = (uint64_t)grid.x * grid.y * grid.z;
  turn = !turn;
  for (uint64_t i = 0; i < count; i++) {
    uint64_t b = turn ? i : count - 1 - i;
    backwards = (i + turn) % 2 != 0;
    memset(dynamic_shared, 0xFF, shared_bytes); /* NaN */
    uint3 place = {(unsigned)(b % grid.x), (unsigned)(b / grid.x % grid.y), (unsigned)(b / grid.x / grid.y)};
    if (run_block(block, place) && !broken) continue;
    fprintf(stderr, "cuda host: block (%u, %u, %u): threads wait for others that never come\n", place.x, place.y,
            place.z);
    all_idle(); /* whatever they were in the middle of */
    return false;
  }
  return true;
}
