/* camera DETECTOR FRAMES [THREADS]: a loop on frames as a camera gives them, pixels in memory in blue, green, red, and
 * how long each took. With THREADS, as many loops run side by side, each with a detector of its own that computes in
 * its loop's thread. The frames are drawn here: put your camera's in the place of draw(). */
#include <pthread.h>
#include <simplenet.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { WIDTH = 640, HEIGHT = 480, STRIDE = 3 * WIDTH };

typedef struct Loop {
  const char *path;
  SnOptions options;
  int frames, failures;
  double *milliseconds; /* [frames] */
} Loop;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return 1e3 * (double)time.tv_sec + 1e-6 * (double)time.tv_nsec;
}

/* A grey disc that moves, on a light ground. */
static void draw(int frame, unsigned char *pixels) {
  int cx = WIDTH / 2 + frame * 7 % 60 - 30, cy = HEIGHT / 2, radius = 120;
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < STRIDE; x++) {
      int dx = x / 3 - cx, dy = y - cy;
      pixels[y * STRIDE + x] = dx * dx + dy * dy < radius * radius ? 120 : 220;
    }
}

static void *run(void *argument) {
  Loop *loop = argument;
  unsigned char *pixels = malloc((size_t)STRIDE * HEIGHT);
  SnDetector *detector = sn_detector_open(loop->path, &loop->options);
  if (!detector || !pixels) {
    fprintf(stderr, "%s\n", detector ? "no memory" : sn_error());
    loop->failures = loop->frames;
  }
  for (int i = 0; detector && pixels && i < loop->frames; i++) {
    draw(i, pixels);
    SnPixels frame = {SN_PIXELS_BGR, WIDTH, HEIGHT, STRIDE, pixels};
    SnDetection found;
    double start = now();
    if (!sn_detector_detect_pixels(detector, &frame, &found)) {
      fprintf(stderr, "frame %d: %s\n", i, sn_error());
      loop->failures++;
    }
    loop->milliseconds[i] = now() - start;
  }
  sn_detector_close(detector);
  free(pixels);
  return NULL;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  int frames = argc > 2 ? atoi(argv[2]) : 0, count = argc > 3 ? atoi(argv[3]) : 1, failures = 0;
  if (frames < 1 || count < 1 || count > 64) {
    fprintf(stderr, "usage: camera DETECTOR FRAMES [THREADS]\n");
    return 2;
  }
  size_t all = (size_t)frames * (size_t)count;
  double *milliseconds = calloc(all, sizeof *milliseconds);
  if (!milliseconds) return 1;
  Loop loops[64];
  pthread_t threads[64];
  double start = now();
  for (int i = 0; i < count; i++) {
    SnOptions options = {.size = sizeof options, .threads = count > 1 ? 1 : 0};
    loops[i] = (Loop){argv[1], options, frames, 0, milliseconds + (size_t)i * (size_t)frames};
    if (pthread_create(&threads[i], NULL, run, &loops[i]) != 0) return 1;
  }
  for (int i = 0; i < count; i++) {
    pthread_join(threads[i], NULL);
    failures += loops[i].failures;
  }
  double seconds = 1e-3 * (now() - start);
  qsort(milliseconds, all, sizeof *milliseconds, compare);
  printf(
      "%zu frames in %.2f s, opening included: %.1f a second; latency in ms: median %.2f, 95 %% %.2f, 99 %% %.2f, "
      "longest %.2f\n",
      all, seconds, (double)all / seconds, milliseconds[all / 2], milliseconds[all * 95 / 100],
      milliseconds[all * 99 / 100], milliseconds[all - 1]);
  free(milliseconds);
  return failures > 0;
}
