/* ZIP archives as PyTorch writes them, ZIP64 included: stored or deflated entries, one disk, no encryption.
 * https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
#ifndef SN_TENSOR_ZIP_H
#define SN_TENSOR_ZIP_H

#include "base/budget.h"
#include "base/file_reader.h"

typedef struct SnZipEntry {
  const char *name;
  int method; /* 0 stored, 8 deflated */
  uint32_t crc;
  int64_t packed_size, size, header; /* bytes in the archive, bytes of contents, place of the local header */
} SnZipEntry;

/* Everything belongs to the scope that was innermost when it was opened. */
typedef struct SnZip {
  const SnFileReader *reader;
  SnZipEntry *entries; /* in the order of their names, each once */
  int64_t count;
  int64_t end; /* where the entries end and the central directory begins */
  SnBudget *budget;
} SnZip;

/* Reads the central directory; the reader must stay open. Everything draws on the budget of the file. */
bool sn_zip_open(SnZip *zip, const SnFileReader *reader, SnBudget *budget);

/* NULL, without an error, when there is none of that name. */
const SnZipEntry *sn_zip_find(const SnZip *zip, const char *name);

/* A reader on an entry's contents, after its CRC-32 was found right. Deflated contents are kept in memory, in the
 * innermost scope; where the budget does not hold their size, that is an error. */
bool sn_zip_contents(const SnZip *zip, const SnZipEntry *entry, SnFileReader *contents);

#endif
