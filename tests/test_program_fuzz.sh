#!/bin/sh
# A sample of what `make fuzz` does at length: the program on damaged inputs, and what it reads, writes, prints and takes
# is judged. SIMPLENET and BUILD come from the Makefile.
set -u
if "$BUILD/tests/fuzz/program/main" "$SIMPLENET" --seed 5 --runs "${RUNS:-30}" --seconds "${SECONDS_OF_FUZZ:-10}"; then
  echo "[       OK ] damaged_inputs"
else
  echo "[  FAILED  ] damaged_inputs"
  exit 1
fi
