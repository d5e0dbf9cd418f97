#!/bin/sh
# The recipes docs/how-to/add-….md applied literally to one copy of the sources, which is built, and what was added is run.
# `sh tests/test_adding.sh --diff` only prints how many lines each recipe adds to which files.
set -u
. tests/support/script.sh
copy=$fixture/copy

# Folders without sources are not copied: builds, results, photographs.
copy_sources() {
  mkdir "$copy"
  for path in *; do
    case $path in build*) continue ;; esac
    [ -f "$path" ] || find "$path" -maxdepth 2 -name '*.[ch]' -o -maxdepth 2 -name '*.m[kd]' | grep -q . || continue
    cp -R "$path" "$copy/"
  done
}

# MobileNetV2 is in the sources. Its recipe must bring back what is taken out of the copy here.
of_mobilenet_v2="models/backbones/family.h models/backbones/families.c tests/oracle/convolutional.py
tests/test_convolutional.c"
take_out_mobilenet_v2() {
  rm "$copy/models/backbones/mobilenet_v2.c"
  for file in $of_mobilenet_v2; do
    grep -v '[(_"]mobilenet_v2[)_"]' "$file" > "$copy/$file"
  done
}

# apply PAGE
apply() {
  awk -v root="$copy" -f tests/adding/apply.awk "$1"
}

recipes="docs/how-to/add-an-operation.md docs/how-to/add-a-cuda-kernel.md docs/how-to/add-a-backbone.md
docs/how-to/add-a-method.md docs/how-to/add-a-layout.md"

recipes_apply() {
  for page in $recipes; do
    apply "$page" >> "$fixture/applied" 2> "$fixture/err" || fail "$page does not apply"
  done
  for page in docs/how-to/add-*.md; do
    case " $recipes " in *"$page"*) ;; *) fail "$page is not among the recipes" ;; esac
  done
}

# make_copy GOALS...
make_copy() {
  expect 0 env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -C "$copy" -j"$(nproc)" BUILD=build "$@"
}

# The new files as ever, without a warning; the rest without optimisation, which would take most of the time.
recipes_build() {
  make_copy WERROR=1 $(sed -n 's|^\([^ ]*\)\.c .*, new$|build/\1.o|p' "$fixture/applied")
  ! command -v "${CXX:-g++}" > /dev/null ||
    make_copy WERROR=1 $(sed -n 's|^\([^ ]*\)\.cu .*, new$|build/tests/cuda_host/\1.o|p' "$fixture/applied")
  make_copy CFLAGS=-O0 CPU_OPTIMISE=-O0 build/simplenet build/tests/test_ops build/tests/tools/merge_tensors \
    build/tests/tools/random_weights
}

# tests/adding/softplus.safetensors is what tests/oracle/ops.py adds to the golden file.
operation_works() {
  cd "$copy" || fail "there is no copy"
  expect 0 build/tests/tools/merge_tensors tests/adding/softplus.safetensors tests/golden/ops.safetensors
  expect 0 build/tests/test_ops 'softplus*'
  [ "$(grep -c '^\[       OK \] softplus' "$fixture/out")" -eq 2 ] || fail "not two cases"
  expect 0 build/simplenet info --kernels
  out_matches '^ *softplus  *reference'
}

# On the emulation of the CUDA runtime.
cuda_kernel_works() {
  make_copy CFLAGS=-O0 CPU_OPTIMISE=-O0 build/tests/test_cuda_host
  cd "$copy" || fail "there is no copy"
  expect 0 build/tests/test_cuda_host 'softplus*'
  [ "$(grep -c '^\[       OK \] softplus' "$fixture/out")" -eq 2 ] || fail "not two cases"
}

# train OUT OPTIONS...
train() {
  out=$1
  shift
  "$copy/build/simplenet" train --data "$fixture/drawn" --category wood --resize 64 --crop 64 --out "$out" "$@"
}

backbone_works() {
  for file in $of_mobilenet_v2; do
    cmp -s "$file" "$copy/$file" || fail "$file is not what the recipe makes it"
  done
  expect 0 "$copy/build/simplenet" info
  out_matches '^  mobilenet_v2  *features.6 32/8, features.13 96/16$'
  expect 0 "$copy/build/tests/tools/random_weights" mobilenet_v2 4 "$fixture/mobilenet_v2.safetensors"
  expect 0 train "$fixture/backbone" --backbone mobilenet_v2 --weights "$fixture/mobilenet_v2.safetensors" --hidden 16 \
    --batch 2 --epochs 1
  expect 0 "$copy/build/simplenet" info "$fixture/backbone/wood/model.safetensors"
  out_matches '^levels  *3,4$'
  expect verdict "$copy/build/simplenet" predict --model "$fixture/backbone/wood/model.safetensors" \
    --weights "$fixture/mobilenet_v2.safetensors" "$fixture/drawn/wood/test/good"
}

method_works() {
  expect 0 train "$fixture/method" --method mean_feature
  model=$fixture/method/wood/model.safetensors
  expect 0 "$copy/build/simplenet" info "$model"
  out_matches '^mean '
  expect 0 "$copy/build/simplenet" eval --model "$model" --data "$fixture/drawn" --category wood --out "$fixture/eval"
  cmp -s "$fixture/method/wood/scores.csv" "$fixture/eval/wood/scores.csv" || fail "eval gives other scores than train"
  expect verdict "$copy/build/simplenet" predict --model "$model" --out "$fixture/predict" "$fixture/drawn/wood/test/good"
  [ -s "$fixture/predict/scores.csv" ] || fail "no scores"
}

layout_is_found() {
  mkdir -p "$fixture/data/wood"
  cp -R "$fixture/drawn/wood/train/good" "$fixture/data/wood/learn"
  cp -R "$fixture/drawn/wood/test/good" "$fixture/data/wood/good"
  mkdir "$fixture/data/wood/bad"
  for kind in "$fixture"/drawn/wood/test/*; do
    [ "$kind" = "$fixture/drawn/wood/test/good" ] || cp "$kind/000.png" "$fixture/data/wood/bad/${kind##*/}.png"
  done
  expect 0 "$copy/build/simplenet" data "$fixture/data"
  out_matches '^layout: learn$'
}

if [ "${1-}" = --diff ]; then
  copy_sources
  take_out_mobilenet_v2
  for page in $recipes; do echo "$page" && apply "$page" | sed 's/^/  /'; done
  exit
fi
if is_sanitized; then
  skip_test recipes_build "the copy is not built with the sanitizer"
  exit 0
fi
copy_sources
take_out_mobilenet_v2
"$SIMPLENET" generate "$fixture/drawn" --size 64 --train 2 --test-good 1 --per-defect 1 > "$fixture/out" || exit 1
run_test recipes_apply
run_test recipes_build
run_test operation_works
if command -v "${CXX:-g++}" > /dev/null; then
  run_test cuda_kernel_works
else
  skip_test cuda_kernel_works "there is no C++ compiler"
fi
run_test backbone_works
run_test method_works
run_test layout_is_found
[ "$failures" -eq 0 ]
