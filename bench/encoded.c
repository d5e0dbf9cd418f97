/* How many photographs a second the library looks at from their files' bytes, in one loop with one detector:
 *
 *     build/bench/encoded DETECTOR SECONDS PHOTOGRAPH...
 *
 * The shortest program on simplenet.h that does that; what bench/serve/run.sh compares `simplenet serve` with. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "simplenet.h"

enum { MAX_PHOTOGRAPHS = 256, MAX_BYTES = 1 << 26 };

int main(int argc, char **argv) {
  SnBytes files[MAX_PHOTOGRAPHS];
  const int count = argc - 3;
  SnDetection found;
  if (count < 1 || count > MAX_PHOTOGRAPHS) {
    fprintf(stderr, "usage: encoded DETECTOR SECONDS PHOTOGRAPH...\n");
    return 2;
  }
  for (int i = 0; i < count; i++) sn_file_read(argv[3 + i], MAX_BYTES, &files[i]);
  SnDetector *detector = sn_error() ? NULL : sn_detector_open(argv[1], NULL);
  for (int i = 0; i < count && detector; i++)
    if (!sn_detector_detect_encoded(detector, files[i].data, files[i].size, &found))
      break; /* the first ones are slow */
  const double begin = sn_seconds(), end = begin + atof(argv[2]);
  int64_t looked = 0;
  while (!sn_error() && sn_seconds() < end) {
    const SnBytes *file = &files[looked++ % count];
    sn_detector_detect_encoded(detector, file->data, file->size, &found);
  }
  if (sn_error()) {
    fprintf(stderr, "%s\n", sn_error());
    return 1;
  }
  printf("%.2f\n", (double)looked / (sn_seconds() - begin));
  for (int i = 0; i < count; i++) sn_bytes_free(&files[i]);
  sn_detector_close(detector);
  return 0;
}
