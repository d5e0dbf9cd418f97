#!/bin/sh
# A detector as an ONNX model, from outside: what the file says, what is refused, and, where ONNX Runtime and OpenVINO can
# be imported (PYTHON, python3 unless it is set), that they give the scores that we give.
set -u
. tests/support/script.sh
program=$SIMPLENET
python=${PYTHON:-python3}
"$program" generate "$fixture/data" --size 96 --train 12 --test-good 3 --per-defect 2 > /dev/null || exit 1
data=$fixture/data
out=$fixture/out.onnx
net="--backbone embedded --resize 80 --crop 64x72"

# train METHOD OPTIONS...: into $fixture/METHOD
train() {
  method=$1
  shift
  # shellcheck disable=SC2086
  "$program" train --method "$method" --data "$data" --category gear --threads 1 --calibrate-share 0.4 \
    --out "$fixture/$method" "$@" > /dev/null 2> "$fixture/err" || { cat "$fixture/err"; exit 1; }
}
# shellcheck disable=SC2086
train simplenet $net --hidden 16 --batch 4 --epochs 2
# shellcheck disable=SC2086
train patchcore $net
# shellcheck disable=SC2086
train padim $net --channels 20
train mean_image --resize 80 --crop 64x72
model=$fixture/simplenet/gear/model.safetensors

# export_onnx FILE OPTIONS...: the SimpleNet model as ONNX
export_onnx() {
  file=$1
  shift
  expect 0 "$program" export --model "$model" --format onnx "$@" "$file"
}

the_file_is_a_model_of_the_program() {
  export_onnx "$out"
  out_matches '^threshold [-0-9.e]*, just above the largest score of 5 good photographs'
  out_says "written: $out"
  [ "$(head -c 4 "$out" | od -An -tx1)" = " 08 08 12 09" ] || fail "it begins otherwise"
  for text in simplenet gear "backbone_sha256" "calibration_threshold" "simplenet.c onnx 1" "model_sha256" "image" \
    "defective" "normalised" "backbone.layer1.0.conv1.weight"; do
    grep -q -a -F "$text" "$out" || fail "no $text in it"
  done
}

equal_detectors_have_equal_files() {
  export_onnx "$fixture/one.onnx"
  expect 0 "$program" export --model "$model" "$fixture/detector.safetensors"
  expect 0 "$program" export --model "$fixture/detector.safetensors" --format=onnx "$fixture/two.onnx"
  cmp "$fixture/one.onnx" "$fixture/two.onnx" || fail "they differ"
  for path in portable avx2; do
    (export SIMPLENET_CPU="$path" && export_onnx "$fixture/$path.onnx") || exit 1
    cmp "$fixture/one.onnx" "$fixture/$path.onnx" || fail "they differ with SIMPLENET_CPU=$path"
  done
}

wrong_options_are_told() {
  for words in "--format tflite" "--format onnx --precision f16" "--format onnx --precision bf16" \
    "--photograph 300x200" "--format onnx --photograph 300" "--format onnx --photograph 0x200" \
    "--format onnx --photograph 300x20000" "--format onnx --photograph big"; do
    # shellcheck disable=SC2086
    expect 2 "$program" export --model "$model" $words "$fixture/none.onnx"
    [ ! -e "$fixture/none.onnx" ] || fail "something was written with $words"
  done
  expect 2 "$program" export --model "$model" --format onnx --precision f16 "$fixture/none.onnx"
  err_says "--precision f16: an ONNX model is written in f32"
  expect 2 "$program" export --model "$model" --format tflite "$fixture/none.onnx"
  err_says "--format: expected safetensors or onnx, found 'tflite'"
}

nothing_of_value_is_replaced() {
  cp "$model" "$fixture/copy"
  expect 1 "$program" export --model "$fixture/copy" --format onnx "$fixture/copy"
  cmp "$model" "$fixture/copy" || fail "the input was written over"
  echo "of value" > "$fixture/notes.txt"
  expect 1 "$program" export --model "$model" --format onnx "$fixture/notes.txt"
  [ "$(cat "$fixture/notes.txt")" = "of value" ] || fail "a file of others was written over"
  # an earlier output of its own kind is replaced, one of another kind is not
  export_onnx "$out"
  export_onnx "$out"
  expect 0 "$program" export --model "$model" "$fixture/detector.safetensors"
  expect 1 "$program" export --model "$model" --format onnx "$fixture/detector.safetensors"
  expect 1 "$program" export --model "$model" "$out"
}

a_full_disk_leaves_nothing() {
  mkdir -p "$fixture/full"
  (ulimit -f 100 && trap '' XFSZ && "$program" export --model "$model" --format onnx "$fixture/full/out.onnx") \
    > "$fixture/out" 2> "$fixture/err" && fail "it was written"
  err_says "$fixture/full/out.onnx: cannot be written: File too large"
  [ -z "$(ls -A "$fixture/full")" ] || fail "left behind: $(ls -A "$fixture/full")"
}

other_runtimes_give_our_scores() {
  for method in simplenet patchcore padim mean_image; do
    for photograph in "" "--photograph 96x96"; do
      # shellcheck disable=SC2086
      expect 0 "$program" export --model "$fixture/$method/gear/model.safetensors" --format onnx $photograph "$out"
      "$python" tests/oracle/onnx_runtimes.py detector "$out" "$data" "$fixture/$method/gear/scores.csv" \
        > "$fixture/out" 2>&1 || fail "$method $photograph: the scores are others"
      [ "$(grep -c ' 0 otherwise than by our score' "$fixture/out")" = 2 ] || fail "$method: other decisions"
    done
  done
}

the_documented_program_runs() {
  awk '/^```/ { inside = ($0 == "```python"); next } inside' docs/onnx.md > "$fixture/detect.py"
  for photograph in "" "--photograph 96x96"; do
    # shellcheck disable=SC2086
    export_onnx "$out" $photograph
    expect 0 "$python" "$fixture/detect.py" "$out" "$data"/gear/test/*/00*.png
    sed 's|: | |' "$fixture/out" > "$fixture/theirs"
    expect verdict "$program" predict --model "$model" --format csv "$data"/gear/test/*/00*.png
    awk -F, 'NR > 1 { print $1, $2, $3 ? "defective" : "good" }' "$fixture/out" > "$fixture/ours"
    paste -d ' ' "$fixture/theirs" "$fixture/ours" > "$fixture/out"
    awk '{ off = $2 - $5; if ($1 != $4 || $3 != $6 || off > 1e-5 || off < -1e-5) exit 1 } END { exit NR != 13 }' \
      "$fixture/out" || fail "other photographs, scores or decisions"
  done
}

operations_and_settings_agree() {
  "$python" tests/oracle/onnx_runtimes.py cases --build "$BUILD" > "$fixture/out" 2>&1 || fail "operations differ"
  "$python" tests/oracle/onnx_runtimes.py settings --build "$BUILD" embedded > "$fixture/out" 2>&1 ||
    fail "detectors differ"
}

run_test the_file_is_a_model_of_the_program
run_test equal_detectors_have_equal_files
run_test wrong_options_are_told
run_test nothing_of_value_is_replaced
run_test a_full_disk_leaves_nothing
for name in other_runtimes_give_our_scores the_documented_program_runs operations_and_settings_agree; do
  if "$python" -c 'import onnx, onnxruntime, openvino, PIL' 2> /dev/null; then
    run_test "$name"
  else
    skip_test "$name" "$python has no onnx, onnxruntime, openvino and Pillow"
  fi
done
[ "$failures" -eq 0 ]
