/* fit PHOTOGRAPHS DETECTOR: trains a detector on a folder of good photographs, by a program. A third of them are held
 * out and set its threshold. Ctrl-C ends it, and leaves no half file. */
#include <signal.h>
#include <simplenet.h>
#include <stdio.h>

static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number) {
  (void)signal_number;
  interrupted = 1;
}

static bool show(void *context, SnFitStage stage, int64_t done, int64_t total) {
  (void)context;
  fprintf(stderr, "\r%s %lld of %lld  ", stage == SN_FIT_FEATURES ? "features" : "training", (long long)done,
          (long long)total);
  return !interrupted;
}

static void warn(void *context, const char *sentence) {
  (void)context;
  fprintf(stderr, "\nwarning: %s\n", sentence);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: fit PHOTOGRAPHS DETECTOR\n");
    return 2;
  }
  signal(SIGINT, interrupt);
  SnFitOptions options = {
      .size = sizeof options, .train = argv[1], .calibrate_share = 1.0 / 3, .progress = show, .warn = warn};
  bool trained = sn_fit(&options, argv[2]);
  fprintf(stderr, "\n");
  SnDetector *detector = trained ? sn_detector_open(argv[2], NULL) : NULL;
  if (detector)
    printf("%s: %s\n", argv[2], sn_detector_threshold_text(detector));
  else
    fprintf(stderr, "%s\n", sn_error());
  bool opened = detector != NULL;
  sn_detector_close(detector);
  return opened ? 0 : 1;
}
