#!/bin/sh
# cuda.sh BUILD: the tests of the CUDA backend on this machine's card, which make test runs on the processor in a card's
# stead: every operation's cases, their gradients and once more for the same bits, SimpleNet's steps and scores against
# the device cpu, recordings; then the same under compute-sanitizer's memcheck, and the operations under racecheck.
set -eu
build=$1
SIMPLENET_CUDA=$(realpath "$build/libsimplenet_cuda.so")
export SIMPLENET_CUDA
device=$("$build/simplenet" info | sed -n 's/^  cuda  *//p')
case $device in
  *"cannot be used"* | '')
    echo "no tests on a card: $device" >&2
    exit 1
    ;;
esac
echo "$device"
sh tests/run.sh "$build"/tests/test_cuda_*[!.]? "$build/tests/test_recordings"

# Under the sanitizer a kernel takes up to a hundred times as long.
for tool in memcheck racecheck; do
  echo "compute-sanitizer --tool $tool"
  compute-sanitizer --tool "$tool" --error-exitcode 9 --quiet "$build/tests/test_cuda_host" > "$build/$tool.log" 2>&1 || {
    grep -v '^\[ RUN\|^\[       OK' "$build/$tool.log" | head -100
    echo "$tool found errors; all of its output is in $build/$tool.log" >&2
    exit 1
  }
done
compute-sanitizer --tool memcheck --error-exitcode 9 --quiet "$build/tests/test_recordings" > "$build/memcheck.log" 2>&1 || {
  tail -n 100 "$build/memcheck.log"
  exit 1
}
echo "compute-sanitizer found nothing"
