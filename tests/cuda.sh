#!/bin/sh
# cuda.sh BUILD TEST...: test programs on this machine's card, which make test runs on the CPU emulation of the CUDA runtime;
# then each under compute-sanitizer's memcheck, and the operations' cases under racecheck.
set -eu
build=$1
shift
SIMPLENET_CUDA=$(realpath "$build/libsimplenet_cuda.so")
export SIMPLENET_CUDA
device=$("$build/simplenet" info | sed -n 's/^  cuda  *//p')
case $device in
*"compute capability"*) ;;
*)
  echo "no tests on a card: $device" >&2
  exit 1
  ;;
esac
echo "$device"
sh tests/run.sh "$@"

# Under these a kernel takes up to a hundred times as long.
sanitize() {
  log=$build/$1-$(basename "$2").log
  echo "compute-sanitizer --tool $1 $2"
  compute-sanitizer --tool "$1" --error-exitcode 9 --quiet "$2" > "$log" 2>&1 && return
  grep -v '^\[ RUN\|^\[       OK' "$log" | head -100
  echo "$1 found errors; all that it said is in $log" >&2
  exit 1
}
for test in "$@"; do sanitize memcheck "$test"; done
sanitize racecheck "$build/tests/test_cuda_host"
echo "compute-sanitizer found nothing"
