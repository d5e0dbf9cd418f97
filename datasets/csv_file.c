#include <inttypes.h>
#include <sys/stat.h>

#include "base/error.h"
#include "datasets/csv.h"

bool sn_csv_read(const char *path, SnTable *table) {
  *table = (SnTable){0};
  SnBytes text;
  return sn_file_read(path, SN_CSV_LARGEST, &text) && sn_csv_parse(path, text, table);
}

bool sn_csv_commit(SnFileWriter *writer) {
  struct stat status;
  if (sn_ok() && fflush(writer->stream) == 0 && stat(writer->temporary, &status) == 0 &&
      status.st_size > SN_CSV_LARGEST)
    sn_fail("%s: would have more than the %" PRId64 " bytes of the largest table that can be read again", writer->path,
            SN_CSV_LARGEST);
  return sn_file_commit(writer);
}
