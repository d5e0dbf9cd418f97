/* detect DETECTOR PHOTOGRAPH...: the shortest complete program. */
#include <simplenet.h>
#include <stdio.h>

int main(int argc, char **argv) {
  if (argc < 3) return fprintf(stderr, "usage: detect DETECTOR PHOTOGRAPH...\n"), 2;
  SnDetector *detector = sn_detector_open(argv[1], NULL);
  int failures = detector ? 0 : fprintf(stderr, "%s\n", sn_error());
  for (int i = 2; detector && i < argc; i++) {
    SnDetection found;
    if (sn_detector_detect_file(detector, argv[i], &found))
      printf("%s: %.4f %s\n", argv[i], found.score,
             found.verdict == SN_VERDICT_DEFECTIVE ? "defective"
             : found.verdict == SN_VERDICT_GOOD    ? "good"
                                                   : sn_detector_threshold_text(detector));
    else
      failures += fprintf(stderr, "%s\n", sn_error());
  }
  sn_detector_close(detector);
  return failures > 0;
}
