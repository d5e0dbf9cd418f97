#!/bin/sh
# Detectors in 8 bits through the program: export, and every command that opens one.
set -u
. tests/support/script.sh
program=$(realpath "$SIMPLENET")

"$program" generate "$fixture/data" --size 64 --train 12 --test-good 3 --per-defect 1 > /dev/null || exit 1
good=$fixture/data/gear/train/good
"$program" train --data "$fixture/data" --category gear --backbone embedded --resize 64 --crop 64 --hidden 16 --epochs 2 \
  --out "$fixture/run" > /dev/null || exit 1
cd "$fixture" || exit 1
model=$fixture/run/gear/model.safetensors
eight=$fixture/eight.safetensors
plain=$fixture/plain.safetensors
"$program" export --model "$model" "$plain" > /dev/null || exit 1
"$program" export --model "$model" --precision int8 --calibration "$good" "$eight" > "$fixture/export.txt" || exit 1

export_says_what_was_tried() {
  cp export.txt out
  out_matches '^int8: [0-9]* convolutions of the backbone, by 8 good photographs; score maps of 4 others'
  [ "$(grep -c '^  \(minmax\|percentile\|entropy\)' out)" = 4 ] || fail "not every rule is told"
  [ "$(grep -c '  taken$' out)" = 1 ] || fail "not one rule is taken"
  [ "$(wc -c < "$eight")" -lt $(($(wc -c < "$plain") / 2)) ] || fail "the file is not half as large"
  expect 0 "$program" info "$eight"
  out_matches '^precision *int8$'
  expect 0 "$program" info --plan "$eight"
  out_matches 'conv2d 3x3 .* int8 '
  expect 0 "$program" info --plan "$eight" --precision fp32
  ! grep -q int8 out || fail "in 8 bits where fp32 was asked for"
  # the same photographs give the same file, but for the date
  expect 0 "$program" export --model "$model" --precision int8 --calibration "$good" again.safetensors
  for file in "$eight" again.safetensors; do "$program" info "$file" | grep -v '^exported' | sed 's/exported .*//' > "$(basename "$file").txt"; done
  cmp eight.safetensors.txt again.safetensors.txt || fail "two exports differ"
}

# scores OPTIONS...: of the test photographs
scores() {
  "$program" predict --format csv "$@" "$fixture/data/gear/test" > scores 2> err
  case $? in 0 | 3) ;; *) cat err && fail "predict failed" ;; esac
  cut -d, -f2 scores
}

commands_take_the_precision_of_the_file() {
  scores --model "$eight" > usual.txt
  scores --model "$eight" --precision int8 > int8.txt
  scores --model "$eight" --precision fp32 > fp32.txt
  scores --model "$plain" > plain.txt
  cmp usual.txt int8.txt || fail "int8 is not what such a detector computes in"
  cmp -s usual.txt fp32.txt && fail "--precision fp32 changes nothing"
  cmp -s fp32.txt plain.txt && fail "weights in 8 bits change nothing"
  paste -d, usual.txt plain.txt | awk -F, 'NR > 1 { d = $1 - $2; off += d * d; sum += $2; squares += $2 * $2; n++ }
    END { exit !(off < 0.2 * (squares - sum * sum / n)) }' || fail "scores are far from those of float32"
  expect 0 "$program" eval --model "$eight" --data "$fixture/data" --category gear --out eval
  tail -n +2 usual.txt | sort > a && tail -n +2 eval/gear/scores.csv | cut -d, -f3 | sort > b
  # the head computes in bfloat16 where the processor is fast at it, and other features of the same photograph are rounded
  paste -d, a b | awk -F, '{ d = $1 - $2; if (d < 0) d = -d; if (d > 0.03 * ($2 < 0 ? -$2 : $2)) exit 1 }' ||
    fail "eval and predict differ"
  expect 0 "$program" calibrate --model "$eight" --out calibrated.safetensors "$fixture/data/gear/test/good"
  scores --model calibrated.safetensors > calibrated.txt
  cmp usual.txt calibrated.txt || fail "another threshold changes scores"
  expect 0 "$program" tune --model "$eight" --out tuned.json
  scores --model "$eight" --tuned tuned.json > tuned.txt
  expect 1 "$program" predict --model "$plain" --tuned tuned.json "$fixture/data/gear/test/good"
  err_says "int8"
}

what_cannot_be_is_said() {
  expect 2 "$program" export --model "$model" --precision int8 x.safetensors
  err_says "needs --calibration FOLDER"
  expect 2 "$program" export --model "$model" --calibration "$good" x.safetensors
  err_says "--calibration: is for --precision int8"
  expect 2 "$program" export --model "$model" --format onnx --precision int8 --calibration "$good" x.onnx
  err_says "an ONNX model is written in f32"
  mkdir few && cp "$good/000.png" "$good/001.png" few
  expect 1 "$program" export --model "$model" --precision int8 --calibration few x.safetensors
  err_says "expected at least 3 photographs, found 2"
  expect 1 "$program" export --model "$model" --precision int8 --calibration "$good" "$good/000.png"
  err_says "000.png"
  [ ! -e x.safetensors ] || fail "something was written"
  expect 1 "$program" predict --model "$plain" --precision int8 "$good"
  err_says 'int8 is for detectors that `simplenet export --precision int8` wrote'
  expect 2 "$program" train --data "$fixture/data" --category gear --backbone embedded --precision int8 --out none
  err_says 'int8 is for detectors'
  [ ! -e none ] || fail "a training began"
  expect 0 "$program" train --data "$fixture/data" --category gear --method mean_image --resize 64 --crop 64 --out mean
  expect 1 "$program" export --model mean/gear/model.safetensors --precision int8 --calibration "$good" x.safetensors
  err_says "the method mean_image has no backbone"
  expect 1 "$program" predict --model mean/gear/model.safetensors --precision int8 "$good"
  err_says 'int8 is for detectors'
}

for test in export_says_what_was_tried commands_take_the_precision_of_the_file what_cannot_be_is_said; do
  run_test "$test"
done
[ "$failures" -eq 0 ]
