#!/bin/sh
# Every fuzzer's kept corpus, among it whatever once failed, run once by the plain build.
set -u
status=0
for source in tests/fuzz/fuzz_*.c; do
  target=$(basename "$source" .c)
  if "$BUILD/tests/fuzz/$target" "tests/fuzz/corpus/${target#fuzz_}"; then
    echo "[       OK ] $target"
  else
    echo "[  FAILED  ] $target"
    status=1
  fi
done
exit "$status"
