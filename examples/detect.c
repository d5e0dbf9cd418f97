/* detect DETECTOR PHOTOGRAPH...: the shortest complete program. */
#include <simplenet.h>
#include <stdio.h>

int main(int argc, char **argv) {
  int status = 0;
  SnDetector *detector = argc > 1 ? sn_detector_open(argv[1], NULL) : NULL;
  if (!detector) {
    fprintf(stderr, "%s\n", argc > 1 ? sn_error() : "usage: detect DETECTOR PHOTOGRAPH...");
    return 1;
  }
  for (int i = 2; i < argc; i++) {
    SnDetection found;
    if (sn_detector_detect_file(detector, argv[i], &found)) {
      static const char *const verdicts[] = {"no threshold", "good", "defective"};
      printf("%s: %.4f %s\n", argv[i], found.score, verdicts[found.verdict]);
    } else {
      fprintf(stderr, "%s\n", sn_error());
      status = 1;
    }
  }
  sn_detector_close(detector);
  return status;
}
