/* watch DETECTOR FOLDER [COUNT]: looks at every photograph that arrives in the folder and prints its verdict and where
 * the worst region is, until COUNT have been seen. A file is looked at when its writer has closed it or it was moved
 * there, so never while it is half written. */
#include <limits.h>
#include <simplenet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

static void look(SnDetector *detector, const char *folder, const char *name) {
  char path[PATH_MAX];
  SnDetection found;
  if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) return;
  if (!sn_detector_detect_file(detector, path, &found)) {
    fprintf(stderr, "%s\n", sn_error());
    return;
  }
  printf("%s: %.4f", path, found.score);
  SnRegion worst;
  if (found.verdict == SN_VERDICT_NONE)
    printf(" (%s)", sn_detector_threshold_text(detector));
  else if (found.verdict == SN_VERDICT_GOOD)
    printf(" good");
  else if (sn_detection_regions(&found, found.threshold, &worst, 1) > 0)
    printf(" defective at %.0f, %.0f, %.0f x %.0f pixels", worst.left, worst.top, worst.width, worst.height);
  else
    printf(" defective");
  printf("\n");
  fflush(stdout);
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: watch DETECTOR FOLDER [COUNT]\n");
    return 2;
  }
  long left = argc > 3 ? atol(argv[3]) : LONG_MAX;
  SnDetector *detector = sn_detector_open(argv[1], NULL);
  if (!detector) {
    fprintf(stderr, "%s\n", sn_error());
    return 1;
  }
  int watched = inotify_init1(IN_CLOEXEC);
  if (watched < 0 || inotify_add_watch(watched, argv[2], IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR) < 0) {
    perror(argv[2]);
    sn_detector_close(detector);
    return 1;
  }
  fprintf(stderr, "watching %s\n", argv[2]);
  _Alignas(struct inotify_event) char events[4096];
  ssize_t size = 0;
  while (left > 0 && (size = read(watched, events, sizeof events)) > 0)
    for (char *at = events; at < events + size && left > 0;) {
      const struct inotify_event *event = (const struct inotify_event *)at;
      if (event->mask & IN_Q_OVERFLOW) fprintf(stderr, "%s: some arrived too fast to be seen\n", argv[2]);
      if (event->len > 0) {
        look(detector, argv[2], event->name);
        left--;
      }
      at += sizeof *event + event->len;
    }
  close(watched);
  sn_detector_close(detector);
  return size < 0;
}
