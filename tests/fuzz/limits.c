#include "tests/fuzz/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/sanitizer.h"
#include "tests/fuzz/heap.h"

/* A build with sanitizers and counters of coverage is slower by this. */
static const double slower = SN_SANITIZED ? 10 : 1;
static const double most_seconds = 1;
static const size_t most_size = 1000 * 1000, most_heap = (size_t)64 << 20;

uint64_t sn_fuzz_stretch_every = 4096;

/* The reading under way. */
static size_t decoded;
static double start;

/* Of all threads, which a machine with other work does not change much. */
static double processor_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void begin(void) {
  decoded = 0;
  sn_heap_mark();
  start = processor_seconds();
}

static void judge(void) {
  const double seconds = processor_seconds() - start, allowed = slower * most_seconds;
  const int64_t heap = sn_heap_peak();
  if (seconds > allowed)
    fprintf(stderr, "limits: %.2f s of processor time, and %.0f s are allowed\n", seconds, allowed);
  if (heap > (int64_t)(most_heap + decoded))
    fprintf(stderr, "limits: %.0f MB of heap for what decodes to %.1f MB, and 64 MB above that are allowed\n",
            (double)heap / (1 << 20), (double)decoded / (1 << 20));
  if (seconds > allowed || heap > (int64_t)(most_heap + decoded)) abort();
}

void sn_fuzz_decoded(size_t bytes) {
  if (bytes > decoded) decoded = bytes;
}

void sn_fuzz_read_again(void) {
  judge();
  begin();
}

static void read_judged(const uint8_t *data, size_t size) {
  begin();
  sn_fuzz_input(data, size);
  if (size < most_size) judge();
}

static uint64_t hash(const uint8_t *data, size_t size) {
  uint64_t state = 0xcbf29ce484222325; /* FNV-1a */
  for (size_t i = 0; i < size; i++) state = (state ^ data[i]) * 0x100000001b3;
  return state ^ state >> 29;
}

/* STRETCHED_TO names a file to leave a long input in, to look at. */
static void leave(const uint8_t *data, size_t size) {
  const char *path = getenv("STRETCHED_TO");
  FILE *file = path ? fopen(path, "wb") : NULL;
  if (!file) return;
  fwrite(data, 1, size, file);
  fclose(file);
}

/* Repeats a part of at most 256 bytes in its place. */
static void read_stretched(const uint8_t *data, size_t size, uint64_t choice) {
  const size_t from = (size_t)(choice % size), rest = size - from;
  const size_t part = 1 + (size_t)(choice >> 32) % (rest < 256 ? rest : 256), times = (most_size - 1 - size) / part;
  const size_t length = size + times * part;
  uint8_t *long_input = malloc(length);
  if (!long_input) exit(EXIT_FAILURE);
  memcpy(long_input, data, from);
  for (size_t i = 0; i <= times; i++) memcpy(long_input + from + i * part, data + from, part);
  memcpy(long_input + from + (times + 1) * part, data + from + part, rest - part);
  leave(long_input, length);
  read_judged(long_input, length);
  free(long_input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const uint8_t nothing[1];
  read_judged(data ? data : nothing, size);
  const uint64_t choice = hash(data, size);
  if (size > 0 && size < most_size / 2 && sn_fuzz_stretch_every > 0 && choice % sn_fuzz_stretch_every == 0)
    read_stretched(data, size, choice / sn_fuzz_stretch_every);
  return 0;
}
