/* detect MODEL PHOTOGRAPH...: what a program does that embeds a detector. Prints a line a photograph; status 1 when
 * something failed. */
#include <stdio.h>
#include <stdlib.h>

#include "simplenet.h"

int main(int argc, char **argv) {
  static char buffer[BUFSIZ];
  setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
  if (argc < 3) return 2;
  SnDetector *detector = sn_detector_open(argv[1], NULL);
  if (!detector) fprintf(stderr, "%s\n", sn_error());
  int status = detector ? EXIT_SUCCESS : EXIT_FAILURE;
  for (int i = 2; detector && i < argc; i++) {
    SnDetection detection;
    if (sn_detector_detect_file(detector, argv[i], &detection)) {
      printf("%s %.17g %.17g %g %d %.17g\n", argv[i], detection.score, detection.threshold, (double)detection.map[0],
             (int)detection.verdict, detection.normalised);
    } else {
      fprintf(stderr, "%s: %s\n", argv[i], sn_error());
      status = EXIT_FAILURE;
    }
  }
  sn_detector_close(detector);
  return status;
}
