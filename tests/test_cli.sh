#!/bin/sh
# The program from outside: every command on small data, wrong usage, bad input of every kind, runs that are interrupted
# or killed and go on, and the same results on any number of threads. SIMPLENET and BUILD come from the Makefile.
set -u
. tests/support/script.sh
chmod 755 "$fixture"
shared=${SIMPLENET_SHARED:-../shared}
program=$fixture/simplenet # where an unprivileged user can run it, too
cp "$SIMPLENET" "$program"
chmod 755 "$program"

# ---- what the tests are written in ----

file_says() { grep -q -e "$2" "$1" || fail "$1 does not say: $2"; }
absent() { for path in "$@"; do [ ! -e "$path" ] || fail "$path should not be there"; done; }

# refuses WORDS COMMAND...: status 1 and one sentence, which holds the words
refuses() {
  words=$1
  shift
  expect 1 "$@"
  [ "$(grep -c '^simplenet: ' "$fixture/err")" -eq 1 ] || fail "not one sentence: $*"
  grep '^simplenet: ' "$fixture/err" | grep -q -F -e "$words" || fail "the sentence does not say '$words': $*"
}

# misuse WORDS COMMAND...: status 2 and a message with the words, nothing on stdout
misuse() {
  words=$1
  shift
  expect 2 "$@"
  grep -q -F -e "$words" "$fixture/err" || fail "the message does not say '$words': $*"
  [ ! -s "$fixture/out" ] || fail "stdout is not empty: $*"
}

# ---- data ----

"$program" generate "$fixture/data" --size 64 --train 6 --test-good 3 --per-defect 1 > /dev/null || exit 1
weights=$fixture/resnet18.safetensors
"$BUILD/tests/tools/random_weights" resnet18 3 "$weights" || exit 1
"$BUILD/tests/tools/random_weights" resnet18 3 "$fixture/nan.safetensors" nan || exit 1
small="--resize 64 --crop 64 --hidden 32 --batch 2"

# A copy of one category, to be spoilt.
copy_data() {
  rm -rf "$fixture/copy"
  mkdir "$fixture/copy"
  cp -r "$fixture/data/gear" "$fixture/copy/"
}

# train OUT OPTIONS...
train() {
  out=$1
  shift
  "$program" train --data "$fixture/data" --category gear --backbone resnet18 --weights "$weights" $small --out "$out" "$@"
}

train_copy() {
  "$program" train --data "$fixture/copy" --category gear --backbone resnet18 --weights "$weights" $small --epochs 2 \
    --out "$fixture/copy-out" "$@"
}

# same_results FOLDER FOLDER: all files but for seconds
same_results() {
  for name in model.safetensors scores.csv; do cmp "$1/$name" "$2/$name" || fail "$name differs"; done
  for folder in "$1" "$2"; do
    grep -v '"seconds_' "$folder/metrics.json" > "$folder/metrics.txt"
    cut -d, -f1-4 "$folder/training.csv" > "$folder/training.txt"
  done
  for name in metrics.txt training.txt; do cmp "$1/$name" "$2/$name" || fail "$name differs"; done
  absent "$2/checkpoint.safetensors"
}

expect 0 train "$fixture/first" --epochs 12 --eval-every 3 --threads 2
first=$fixture/first/gear
model=$first/model.safetensors

# ---- each command ----

help_shows_defaults() {
  expect 0 "$program" --help
  for command in train eval predict data convert info generate; do
    out_matches "^  $command "
    "$program" "$command" --help > "$fixture/help" 2> "$fixture/err" || fail "$command --help fails"
    [ ! -s "$fixture/err" ] || fail "$command --help writes to stderr"
    grep -q "^usage: simplenet $command" "$fixture/help" || fail "$command --help shows no usage"
  done
  "$program" train --help | tr -s ' \n' ' ' > "$fixture/out"
  for text in '--epochs N passes over the training images (60; paper: 160; official: 160)' '--batch N images a training step (1; paper: 4; official: 8)' \
    '--levels LEVEL,LEVEL its levels that give features, by number or by name (2,3[;)]' '--sigma X [^(]*(0.03; paper: 0.015; official: 0.015)' '--seed N [^(]*(0)' \
    '--out FOLDER [^(]*(results)' '--crop N|HEIGHTxWIDTH [^(]*(224; official: 288)' '--preset NAME .*simplenet robust|paper|official; .*mean_image plain (the first)' \
    '--checkpoint-every SECONDS [^(]*(30)' '--select last|best-test .*(last)'; do
    out_matches "$text"
  done
}

train_writes_its_files() {
  for name in model.safetensors metrics.json training.csv scores.csv; do [ -s "$first/$name" ] || fail "$name is missing"; done
  absent "$first/checkpoint.safetensors"
  for key in image_auroc pixel_auroc au_pro image_ap pixel_ap image_f1_max image_f1_threshold pixel_f1_max \
    pixel_f1_threshold selection best_test epochs seed seconds_features seconds_training skipped_images; do
    file_says "$first/metrics.json" "\"$key\":"
  done
  [ "$(wc -l < "$first/training.csv")" -eq 13 ] || fail "training.csv has not 12 rows"
  [ "$(wc -l < "$first/scores.csv")" -eq 9 ] || fail "scores.csv has not 8 rows"
}

eval_repeats_the_numbers() {
  expect 0 "$program" eval --model "$model" --weights "$weights" --data "$fixture/data" --category gear --out "$fixture/eval"
  for folder in "$first" "$fixture/eval/gear"; do
    grep -E '^	"(image|pixel|au)_' "$folder/metrics.json" > "$folder/numbers.txt"
  done
  cmp "$first/numbers.txt" "$fixture/eval/gear/numbers.txt" || fail "the metrics differ"
  cmp "$first/scores.csv" "$fixture/eval/gear/scores.csv" || fail "the scores differ"
  [ "$(find "$fixture/eval/gear/pictures" -name "*_heatmap.png" | wc -l)" -eq 8 ] || fail "not a picture of every test image"
}

predict_scores_photographs() {
  expect verdict "$program" predict --model "$model" --weights "$weights" --out "$fixture/predict" "$fixture/data/gear/test/good"
  [ "$(wc -l < "$fixture/out")" -eq 3 ] || fail "not three lines"
  [ "$(ls "$fixture/predict"/*.png | wc -l)" -eq 3 ] || fail "not three heat maps"
  grep good "$first/scores.csv" | cut -d, -f3 > "$fixture/a"
  tail -n +2 "$fixture/predict/scores.csv" | cut -d, -f2 > "$fixture/b"
  paste "$fixture/a" "$fixture/b" | awk '{ d = $1 - $2; if (d * d > 1e-10) exit 1 }' || fail "other scores than at the test"
  head -c 300 "$fixture/data/gear/test/good/000.png" > "$fixture/broken.png"
  refuses broken.png "$program" predict --model "$model" --weights "$weights" "$fixture/broken.png" \
    "$fixture/data/gear/test/good/001.png"
  out_matches 001.png
}

predict_speaks_to_programs() {
  good=$fixture/data/gear/test/good/000.png
  set -- "$program" predict --model "$model" --weights "$weights"
  expect 0 "$@" --threshold 1e30 "$good"
  expect 3 "$@" --threshold -1e30 "$good"
  expect 1 "$@" --threshold -1e30 "$good" "$fixture/broken.png" # a failure comes first
  expect 3 "$@" --threshold -1e30 --format csv --out "$fixture/formats" "$good"
  cmp "$fixture/out" "$fixture/formats/scores.csv" || fail "another table than the file"
  score=$(tail -n 1 "$fixture/out" | cut -d, -f2)
  expect 3 "$@" --threshold -1e30 --format json "$good"
  out_says "{\"image\":\"$good\",\"score\":$score,\"threshold\":-1e+30,\"defective\":true}"
  expect 3 "$@" --threshold -1e30 --format json "$fixture/data/gear/test/good"
  [ "$(grep -c '^{.*}$' "$fixture/out")" -eq 3 ] || fail "not an object a line"
  misuse '--format: expected text, csv or json' "$@" --format xml "$good"
  printf '%s\n\n%s\n' "$good" "$fixture/data/gear/test/good" | "$@" - > "$fixture/listed" 2> "$fixture/err"
  case $? in 0 | 3) ;; *) fail "names on standard input" ;; esac
  [ "$(wc -l < "$fixture/listed")" -eq 4 ] || fail "not four lines of four names"
  expect 1 "$@" - # nothing is named there
}

info_tells_what_there_is() {
  expect 0 "$program" info
  out_matches '^ResNet$'
  out_matches '^  resnet18 *layer2 128/8, layer3 256/16$'
  expect 0 "$program" info --backbone embedded --crop 100 --preset official
  out_matches '^input  *red, green, blue; mean 0.485 0.456 0.406; standard deviation 0.229 0.224 0.225 '
  out_matches '^ *2  layer2  *96  *8  *13 x 13  *178416  usual$'
  expect 0 "$program" info "$model"
  out_matches '^backbone  *resnet18$'
  out_matches '^discriminator.tail.weight '
  expect 0 "$program" info --kernels
}

convert_rewrites_weights() {
  expect 0 "$program" convert "$weights" "$fixture/half.safetensors" --dtype f16
  expect 0 "$program" info "$fixture/half.safetensors"
  out_matches '^conv1.weight  *float16 '
  [ "$(wc -c < "$fixture/half.safetensors")" -lt $(($(wc -c < "$weights") * 6 / 10)) ] || fail "not about half as large"
  expect 0 "$program" convert "$fixture/half.safetensors" "$fixture/single.safetensors" --dtype f32
  expect 0 "$program" convert "$fixture/single.safetensors" "$fixture/again.safetensors" --dtype f16
  cmp "$fixture/half.safetensors" "$fixture/again.safetensors" || fail "float16 to float32 and back differs"
  expect 0 "$program" convert tests/golden/released/ckpt.pth "$fixture/ckpt.safetensors"
  expect 0 "$program" info "$fixture/ckpt.safetensors"
  out_matches '^pre_projection.layers.0fc.weight '
  refuses missing.pth "$program" convert "$fixture/missing.pth" "$fixture/none.safetensors"
  refuses 'no regular file' "$program" convert "$weights" /dev/full
  absent "$fixture/none.safetensors"
}

data_tells_what_a_folder_holds() {
  expect 0 "$program" data "$fixture/data"
  out_matches '^layout: mvtec$'
  out_matches '^gear  *6  *0  *3  *5  *0  *0  64x64$'
  copy_data
  : > "$fixture/copy/gear/test/good/000.png"
  head -c 500 "$fixture/data/gear/test/good/001.png" > "$fixture/copy/gear/test/good/001.png"
  rm "$fixture/copy/gear/ground_truth/dent/000_mask.png" "$fixture/copy/gear/test/rust/000.png"
  expect 0 "$program" data "$fixture/copy"
  out_matches '^gear  *6  *0  *3  *4  *1  *1  64x64$'
  out_matches 'test/good/000.png'
  out_matches 'test/dent/000.png'
  out_matches 'ground_truth/rust/000_mask.png'
  expect 0 "$program" data "$fixture/copy" --decode
  out_matches '^gear  *6  *0  *3  *4  *1  *2  64x64$'
  out_matches 'test/good/001.png'
  mkdir -p "$fixture/nothing"
  refuses nothing "$program" data "$fixture/nothing"
  refuses "no category 'pliers'" "$program" data "$fixture/data" --category pliers
}

released_models_are_read() {
  expect verdict "$program" predict --model tests/golden/released/ckpt.pth --backbone resnet18 --weights "$weights" \
    --resize 64 --crop 64 "$fixture/data/gear/test/good"
  expect 0 "$program" eval --model tests/golden/released/ckpt.pth --backbone resnet18 --weights "$weights" \
    --resize 64 --crop 64 --data "$fixture/data" --category gear --out "$fixture/released"
  refuses --crop "$program" predict --model "$model" --weights "$weights" --crop 64 "$fixture/data/gear/test/good"
}

wrong_usage_is_explained() {
  misuse usage "$program"
  misuse "no command 'trian'" "$program" trian
  misuse '--epoch' train "$fixture/none" --epoch 3
  misuse '--epochs needs a value' train "$fixture/none" --epochs
  misuse '--epochs: expected' train "$fixture/none" --epochs many
  misuse '--epochs: expected' train "$fixture/none" --epochs 0
  misuse '--epochs: expected' train "$fixture/none" --epochs 99999999999999999999
  misuse '--sigma: expected' train "$fixture/none" --sigma nan
  misuse '--levels: resnet18: expected levels in rising order' train "$fixture/none" --levels 3,2
  misuse '--fit: expected crop|squash' train "$fixture/none" --fit stretch
  misuse '--patch: expected an odd' train "$fixture/none" --patch 2
  misuse '--crop: expected at most' train "$fixture/none" --crop 65
  misuse '--select: expected' train "$fixture/none" --select first
  misuse 'robust or paper or official' train "$fixture/none" --preset best
  misuse '--resume takes no value' train "$fixture/none" --resume=yes
  misuse '--checkpoint-every: expected' train "$fixture/none" --checkpoint-every -1
  misuse 'stray' train "$fixture/none" stray
  misuse '--memory: expected' train "$fixture/none" --memory -1
  misuse '--threads: expected' train "$fixture/none" --threads 0
  misuse 'exclude each other' train "$fixture/none" --train "$fixture/data/gear/train/good"
  misuse 'layout' train "$fixture/none" --layout imagenet
  misuse '--data FOLDER' "$program" train --backbone resnet18 --weights "$weights"
  misuse '--weights' "$program" train --data "$fixture/data" --backbone resnet18
  misuse '--model FILE is missing' "$program" eval --data "$fixture/data"
  misuse 'photographs' "$program" predict --model "$model" --weights "$weights"
  # Wrong values are told before any file is opened, by every command alike.
  misuse '--threshold: expected' "$program" predict --model none --threshold 0.1e none.png
  misuse '--mask-threshold: expected' "$program" eval --model none --data none --mask-threshold 2
  misuse '--memory: expected' "$program" eval --model none --data none --memory much
  for option in seeds jobs threads memory epochs; do
    misuse "--$option: expected" "$program" benchmark --data none --backbone embedded --$option x
    misuse "--$option: expected" "$program" paper table2 --data none --backbone embedded --$option x
  done
  misuse 'f32, f16 or bf16' "$program" convert a b --dtype f8
  misuse 'the file to write' "$program" convert a
  misuse 'one folder' "$program" data
  misuse 'one file at a time' "$program" info a b
  misuse 'images: goes with --plan' "$program" info --images 3
  misuse 'precision: goes with --plan' "$program" info --precision bf16 "$model"
  misuse 'crop: goes with --plan' "$program" info --crop 64 "$model"
  misuse 'preset: goes with --plan' "$program" info --preset paper
  misuse 'kernels: goes with nothing else' "$program" info --kernels "$model"
  absent "$fixture/none"
}

# ---- bad input ----

broken_weights_are_refused() {
  head -c 100000 "$weights" > "$fixture/truncated.safetensors"
  { printf '\377\377\377\377\377\377\377\177'; tail -c +9 "$weights"; } > "$fixture/corrupt.safetensors"
  : > "$fixture/empty.safetensors"
  mkdir -p "$fixture/folder.safetensors"
  head -c 3000 /dev/urandom > "$fixture/random.safetensors"
  for kind in truncated corrupt empty folder random nan missing; do
    bad=$fixture/$kind.safetensors
    refuses "$kind.safetensors: " "$program" train --data "$fixture/data" --category gear --backbone resnet18 \
      --weights "$bad" $small --epochs 1 --out "$fixture/none"
    refuses "$kind.safetensors: " "$program" eval --model "$model" --weights "$bad" --data "$fixture/data" \
      --category gear --out "$fixture/none"
    refuses "$kind.safetensors: " "$program" predict --model "$bad" --weights "$weights" "$fixture/data/gear/test/good"
    [ "$kind" = nan ] || refuses "$kind.safetensors: " "$program" info "$bad"
  done
  refuses "resnet18.safetensors: " "$program" train --data "$fixture/data" --category gear --backbone resnet34 \
    --weights "$weights" $small --epochs 1 --out "$fixture/none"
  misuse "there is no backbone 'resnet19'" "$program" train --data "$fixture/data" --category gear \
    --backbone resnet19 --weights "$weights" --out "$fixture/none"
  absent "$fixture/none"
}

models_ask_for_their_own_weights() {
  "$program" convert "$weights" "$fixture/other.safetensors" --dtype bf16 > /dev/null
  refuses 'was trained on backbone weights with SHA-256' "$program" eval --model "$model" \
    --weights "$fixture/other.safetensors" --data "$fixture/data" --category gear
  refuses 'resnet18.safetensors: is not a model' "$program" eval --model "$weights" --weights "$weights" \
    --data "$fixture/data" --category gear
}

masks_must_fit() {
  copy_data
  "$program" generate "$fixture/large" --size 80 --train 1 --test-good 1 --per-defect 1 > /dev/null
  cp "$fixture/large/gear/ground_truth/dent/000_mask.png" "$fixture/copy/gear/ground_truth/dent/000_mask.png"
  refuses dent/000_mask.png train_copy
  err_matches '80 x 80'
  expect 0 train_copy --skip-broken
  file_says "$fixture/copy-out/gear/metrics.json" '"skipped_images":	1,'
  expect 0 "$program" data "$fixture/copy"
  out_matches dent/000_mask.png
}

missing_masks_cost_the_pixel_metrics() {
  copy_data
  rm "$fixture/copy/gear/ground_truth/dent/000_mask.png"
  expect 0 train_copy
  err_matches 'warning: .*test/dent/000.png'
  file_says "$fixture/copy-out/gear/metrics.json" '^	"pixel_auroc":	null'
  file_says "$fixture/copy-out/gear/metrics.json" '^		"pixel_auroc":	".*mask'
  file_says "$fixture/copy-out/gear/metrics.json" '^	"image_auroc":	[0-9]'
}

masks_without_images_are_named() {
  copy_data
  rm "$fixture/copy/gear/test/dent/000.png"
  expect 0 train_copy
  err_matches 'warning: .*ground_truth/dent/000_mask.png'
}

broken_images_stop_or_are_skipped() {
  copy_data
  head -c 900 "$fixture/data/gear/train/good/003.png" > "$fixture/copy/gear/train/good/003.png"
  rm -rf "$fixture/copy-out"
  refuses train/good/003.png train_copy
  absent "$fixture/copy-out/gear/model.safetensors" "$fixture/copy-out/gear/metrics.json"
  expect 0 train_copy --skip-broken
  err_matches 'skipped: .*train/good/003.png'
  file_says "$fixture/copy-out/gear/metrics.json" '"skipped_images":	1,'
  file_says "$fixture/copy-out/gear/metrics.json" '"train_images":	5,'
  echo text > "$fixture/copy/gear/test/good/001.png"
  refuses test/good/001.png "$program" eval --model "$model" --weights "$weights" --data "$fixture/copy" --category gear \
    --out "$fixture/copy-eval"
  absent "$fixture/copy-eval"
  expect 0 "$program" eval --model "$model" --weights "$weights" --data "$fixture/copy" --category gear \
    --out "$fixture/copy-eval" --skip-broken
  file_says "$fixture/copy-eval/gear/metrics.json" '"skipped_images":	1,'
  [ "$(wc -l < "$fixture/copy-eval/gear/scores.csv")" -eq 8 ] || fail "scores.csv has not 7 rows"
  for image in "$fixture/copy/gear/train/good"/*.png; do : > "$image"; done
  refuses 'none of 6 images can be read' train_copy --skip-broken
}

no_defective_images_no_metrics() {
  good=$fixture/data/gear/train/good
  expect 0 "$program" train --train "$good" --test-good "$fixture/data/gear/test/good" --backbone resnet18 \
    --weights "$weights" $small --epochs 2 --eval-every 1 --out "$fixture/plain"
  for key in image_auroc pixel_auroc au_pro image_ap image_f1_max; do
    file_says "$fixture/plain/folder/metrics.json" "^	\"$key\":	null"
  done
  file_says "$fixture/plain/folder/metrics.json" '^		"image_auroc":	"AUROC needs defective samples'
  out_matches 'add'
  expect 0 "$program" train --train "$good" --backbone resnet18 --weights "$weights" $small --epochs 1 --out "$fixture/alone"
  file_says "$fixture/alone/folder/metrics.json" '^	"image_auroc":	null'
  expect verdict "$program" predict --model "$fixture/alone/folder/model.safetensors" --weights "$weights" "$good/000.png"
  refuses 'best epoch' "$program" train --train "$good" --backbone resnet18 --weights "$weights" $small --epochs 1 \
    --select best-test --out "$fixture/select"
}

full_disks_leave_nothing_half_written() {
  expect 1 sh -c "\"$program\" info > /dev/full"
  err_matches '^simplenet: .*cannot be written'
  rm -rf "$fixture/full"
  limited='trap "" XFSZ; ulimit -f 8; exec "$0" "$@"' # a file of more than 4 KiB cannot be written
  refuses 'model.safetensors: cannot be written' sh -c "$limited" "$program" train --data "$fixture/data" --category gear \
    --backbone resnet18 --weights "$weights" $small --epochs 1 --out "$fixture/full"
  [ -z "$(ls -A "$fixture/full/gear")" ] || fail "left behind: $(ls -A "$fixture/full/gear")"
  refuses 'checkpoint.safetensors: cannot be written' sh -c "$limited" "$program" train --data "$fixture/data" \
    --category gear --backbone resnet18 --weights "$weights" $small --epochs 2 --checkpoint-every 0 --out "$fixture/full"
  refuses 'small.safetensors: cannot be written' sh -c "$limited" "$program" convert "$weights" "$fixture/small.safetensors"
  [ -z "$(ls -A "$fixture" | grep '^small')" ] || fail "left behind: $(ls "$fixture" | grep '^small')"
}

read_only_folders_are_named() {
  rm -rf "$fixture/locked"
  mkdir "$fixture/locked"
  chmod 555 "$fixture/locked"
  refuses locked $unprivileged "$program" train --data "$fixture/data" --category gear --backbone resnet18 \
    --weights "$weights" $small --epochs 1 --out "$fixture/locked"
  refuses locked $unprivileged "$program" convert "$weights" "$fixture/locked/none.safetensors"
  refuses locked $unprivileged "$program" eval --model "$model" --weights "$weights" --data "$fixture/data" \
    --category gear --out "$fixture/locked"
  [ -z "$(ls -A "$fixture/locked")" ] || fail "left behind: $(ls -A "$fixture/locked")"
  echo text > "$fixture/occupied"
  refuses occupied "$program" train --data "$fixture/data" --category gear --backbone resnet18 --weights "$weights" $small \
    --epochs 1 --out "$fixture/occupied"
}

# The program is a copy with no library beside it.
a_device_that_is_missing_is_explained() {
  unset SIMPLENET_CUDA
  misuse 'needs libsimplenet_cuda.so, which is neither in' "$program" info --plan --device cuda
  misuse 'is no absolute path' env SIMPLENET_CUDA=libsimplenet_cuda.so "$program" info --plan --device cuda
  misuse 'the device cuda cannot be used' env SIMPLENET_CUDA="$program" "$program" info --plan --device cuda
  misuse "there is no device 'tpu'" "$program" info --plan --device tpu
  misuse 'the device cpu computes in fp32 or bf16' "$program" info --plan --precision tf32
  expect 0 "$program" info
  out_matches '^  cuda  *the device cuda needs'
}

# Which steps take it depends on the processor: with AMX those that it makes faster, in plain C none.
bfloat16_is_taken_where_it_is_faster() {
  expect 0 "$program" info --plan --backbone embedded --precision bf16
  ! "$program" info | grep -q '(amx)' || out_matches 'conv2d 3x3 .* bfloat16'
  expect 0 env SIMPLENET_CPU=portable "$program" info --plan --backbone embedded --precision bf16
  ! grep bfloat16 "$fixture/out" || fail "plain C has no bfloat16"
}

broken_checkpoints_are_refused() {
  mkdir -p "$fixture/checkpoint/gear"
  for kind in truncated empty random; do
    cp "$fixture/$kind.safetensors" "$fixture/checkpoint/gear/checkpoint.safetensors"
    refuses checkpoint.safetensors: train "$fixture/checkpoint" --epochs 2 --resume
  done
  cp "$model" "$fixture/checkpoint/gear/checkpoint.safetensors"
  refuses checkpoint.safetensors: train "$fixture/checkpoint" --epochs 2 --resume
  absent "$fixture/checkpoint/gear/model.safetensors"
}

# ---- the same result, whatever happens ----

one_seed_one_result() {
  times="first second"
  if is_sanitized; then times=first; fi
  for threads in 1 2; do
    for time in $times; do
      expect 0 train "$fixture/threads" --epochs 12 --eval-every 3 --threads "$threads"
      same_results "$first" "$fixture/threads/gear"
      rm -rf "$fixture/threads"
    done
  done
  expect 0 train "$fixture/threads" --epochs 12 --eval-every 3 --seed 1
  cmp -s "$model" "$fixture/threads/gear/model.safetensors" && fail "another seed gives the same model"
  return 0
}

features_in_a_file_give_the_same_result() {
  expect 0 train "$fixture/files" --epochs 12 --eval-every 3 --memory 0
  out_matches 'are in temporary files'
  same_results "$first" "$fixture/files/gear"
  eval_model="$program eval --model $model --weights $weights --data $fixture/data --category gear"
  expect 0 $eval_model --memory 0
  grep -v 'temporary files' "$fixture/out" > "$fixture/in-file"
  expect 0 $eval_model
  cmp -s "$fixture/out" "$fixture/in-file" || fail "eval differs"
  refuses 'a temporary file cannot be made' env "TMPDIR=$fixture/absent" $eval_model --memory 0
}

# A run long enough to be stopped in its midst.
long_run() {
  out=$1
  shift
  exec "$program" train --data "$fixture/data" --category gear --backbone resnet18 --weights "$weights" $small --epochs 60 \
    --eval-every 15 --select best-test --checkpoint-every 0.1 --out "$out" "$@"
}

signals_save_the_state() {
  for signal in INT TERM; do
    rm -rf "$fixture/stopped"
    (long_run "$fixture/stopped") > "$fixture/out" 2> "$fixture/err" &
    process=$!
    tries=0
    while [ ! -e "$fixture/stopped/gear/checkpoint.safetensors" ] && [ "$tries" -lt 600 ]; do
      sleep 0.1
      tries=$((tries + 1))
    done
    kill -"$signal" "$process" || fail "the run ended before it could be stopped"
    wait "$process"
    [ $? -eq 130 ] || fail "the status after SIG$signal is not 130"
    err_matches 'interrupted in epoch .* --resume'
    absent "$fixture/stopped/gear/model.safetensors" "$fixture/stopped/gear/metrics.json"
    (long_run "$fixture/stopped" --resume) > "$fixture/out" 2> "$fixture/err" || fail "--resume failed"
    out_matches '^resumed after epoch'
    same_results "$fixture/long/gear" "$fixture/stopped/gear"
  done
}

# At ten moments spread at random over a run (two under a sanitizer, which slows it down), each time going on from what
# the time before has left.
# Moments to kill at are drawn from the length of the last run that ended whole: the machine may be slower or faster
# than a minute ago, and a run that has ended cannot be killed.
killed_runs_go_on() {
  rm -rf "$fixture/killed"
  kills=0 kills_wanted=10
  if is_sanitized; then kills_wanted=2; fi
  while [ "$kills" -lt "$kills_wanted" ]; do
    fresh=
    [ -e "$fixture/killed" ] || fresh=yes
    begun=$(date +%s.%N)
    (long_run "$fixture/killed" --resume) > "$fixture/out" 2> "$fixture/err" &
    process=$!
    random=$(od -An -N2 -tu2 /dev/urandom)
    sleep "$(awk "BEGIN { print $long_seconds * $random / 65536 }")"
    kill -9 "$process" 2> /dev/null
    wait "$process"
    if [ $? -eq 0 ]; then # it was faster
      same_results "$fixture/long/gear" "$fixture/killed/gear"
      rm -rf "$fixture/killed"
      [ -z "$fresh" ] || long_seconds=$(awk "BEGIN { print $(date +%s.%N) - $begun }")
    else
      # killed while a sanitizer looks for leaks at its end, that one complains of the thread that is gone
      ! grep -qv '^==[0-9]*==Unable to get registers from thread' "$fixture/err" || fail "a run that went on complains"
      kills=$((kills + 1))
    fi
  done
  (long_run "$fixture/killed" --resume) > "$fixture/out" 2> "$fixture/err" || fail "--resume failed"
  same_results "$fixture/long/gear" "$fixture/killed/gear"
  left=$(find "$fixture/killed" -name '*.tmp' -o -name 'checkpoint*')
  [ -z "$left" ] || fail "left behind: $left"
}

photographs_of_a_real_set() {
  expect 0 "$program" data "$shared/data/other"
  out_matches '^hazelnut  *28  *0  *6  *17  *0  *0 '
  expect 0 "$program" train --data "$shared/data/other" --category hazelnut --backbone resnet18 \
    --weights "$shared/weights/resnet18-imagenet-to-layer3.safetensors" --resize 160 --crop 160 --epochs 5 --out "$fixture/real"
  auroc=$(sed -n 's/^	"image_auroc":	\([0-9.]*\),/\1/p' "$fixture/real/hazelnut/metrics.json")
  awk "BEGIN { exit !($auroc >= 0.8) }" || fail "image AUROC of hazelnut: $auroc"
}

for test in help_shows_defaults train_writes_its_files eval_repeats_the_numbers predict_scores_photographs \
  predict_speaks_to_programs \
  info_tells_what_there_is convert_rewrites_weights data_tells_what_a_folder_holds released_models_are_read \
  wrong_usage_is_explained broken_weights_are_refused models_ask_for_their_own_weights masks_must_fit \
  missing_masks_cost_the_pixel_metrics masks_without_images_are_named broken_images_stop_or_are_skipped \
  no_defective_images_no_metrics full_disks_leave_nothing_half_written broken_checkpoints_are_refused one_seed_one_result \
  features_in_a_file_give_the_same_result a_device_that_is_missing_is_explained bfloat16_is_taken_where_it_is_faster; do
  run_test $test
done

unprivileged=
if [ "$(id -u)" -eq 0 ]; then unprivileged="setpriv --reuid=65534 --regid=65534 --clear-groups"; fi
if [ -n "$unprivileged" ] && ! $unprivileged "$program" info > /dev/null 2>&1; then
  skip_test read_only_folders_are_named "no unprivileged user can run the program"
else
  run_test read_only_folders_are_named
fi

start=$(date +%s.%N)
(long_run "$fixture/long") > "$fixture/out" 2>&1 || cat "$fixture/out"
long_seconds=$(awk "BEGIN { print $(date +%s.%N) - $start }")
run_test signals_save_the_state
run_test killed_runs_go_on

if [ -d "$shared/data/other/hazelnut" ]; then
  run_test photographs_of_a_real_set
else
  skip_test photographs_of_a_real_set "$shared/data/other/hazelnut is absent"
fi

[ "$failures" -eq 0 ]
