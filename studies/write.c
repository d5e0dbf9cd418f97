#include "studies/write.h"

#include <stdlib.h>

#include "base/file.h"
#include "studies/benchmark_page.h"
#include "studies/one_class_page.h"
#include "studies/page.h"
#include "studies/record.h"
#include "studies/table1.h"

static bool write_benchmark(const SnStudy *study) {
  char *csv = sn_path_join(study->folder, "table1.csv"), *text = sn_path_join(study->folder, "table1.md");
  char *page = sn_path_join(study->folder, "report.html");
  if (sn_ok() && sn_write_table1_csv(csv, study) && sn_write_table1_markdown(text, study))
    sn_benchmark_page_write(study, page);
  free(csv);
  free(text);
  free(page);
  return sn_ok();
}

bool sn_study_write(const SnStudy *study) {
  char *record = sn_path_join(study->folder, "run.json");
  if (record) sn_write_study_record(record, study);
  free(record);
  if (!sn_ok()) return false;
  if (!study->drawn) return write_benchmark(study);
  return sn_study_is_tested(study) ? sn_study_page_write(study) : sn_one_class_page_write(study);
}
