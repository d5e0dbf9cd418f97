#!/bin/sh
# Every fuzzer's seeds, among them whatever once failed, run once by the plain build.
set -u
. tests/fuzz/seeds.sh
status=0
for source in tests/fuzz/fuzz_*.c; do
  target=$(basename "$source" .c)
  # shellcheck disable=SC2046
  if "$BUILD/tests/fuzz/$target" $(seeds "${target#fuzz_}"); then
    echo "[       OK ] $target"
  else
    echo "[  FAILED  ] $target"
    status=1
  fi
done
exit "$status"
