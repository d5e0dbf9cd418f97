#!/bin/sh
# Several seeds: `train --seeds` gives what as many trainings give, with features that are computed once, also when it is
# interrupted; mean and deviation are right; `eval` tests the models of such a folder. SIMPLENET comes from the Makefile.
set -u
. tests/support/script.sh
program=$(realpath "$SIMPLENET")
data=$fixture/data

"$program" generate "$data" --size 64 --train 4 --test-good 2 --per-defect 1 > /dev/null || exit 1
small="--backbone embedded --resize 64 --crop 64 --hidden 16 --batch 2"

# train OUT OPTIONS...
train() {
  out=$1
  shift
  # shellcheck disable=SC2086
  "$program" train --data "$data" --category gear $small --out "$out" "$@"
}

# tests FOLDER OPTIONS...
tests() {
  folder=$1
  shift
  "$program" eval --model "$folder" --data "$data" --category gear "$@"
}

# refuses WORDS COMMAND...: status 1 and one sentence that holds the words
refuses() {
  words=$1
  shift
  expect 1 "$@"
  [ "$(grep -c '^simplenet: ' "$fixture/err")" -eq 1 ] || fail "not one sentence: $*"
  err_says "$words"
}

misuse() {
  words=$1
  shift
  expect 2 "$@"
  err_says "$words"
}

# same_results FOLDER FOLDER: all files of a seed but for seconds
same_results() {
  for name in model.safetensors scores.csv; do cmp "$1/$name" "$2/$name" || fail "$name differs: $1 $2"; done
  for name in metrics.json training.csv; do
    for folder in "$1" "$2"; do sed 's/,[^,]*$//; /"seconds_/d' "$folder/$name" > "$folder/steady"; done
    cmp "$1/steady" "$2/steady" || fail "$name differs: $1 $2"
    rm "$1/steady" "$2/steady"
  done
}

# value FILE NAME WHERE: the number of a name in the object WHERE of a seeds.json, whose line begins with so many tabs
value() { awk -v name="\"$2\":" -v where="\"$3\":" '$1 == where { inside = 1 } inside && $1 == name { print $2 + 0; exit }' "$1"; }

expect 0 train "$fixture/three" --epochs 4 --eval-every 2 --seeds 3 --seed 4
cp "$fixture/out" "$fixture/three.txt"
three=$fixture/three/gear

each_seed_is_as_if_alone() {
  for seed in 4 6; do
    expect 0 train "$fixture/alone-$seed" --epochs 4 --eval-every 2 --seed $seed
    same_results "$fixture/alone-$seed/gear" "$three/seed-$seed"
  done
  [ "$(ls "$three" | tr '\n' ' ')" = "seed-4 seed-5 seed-6 seeds.csv seeds.html seeds.json " ] || fail "holds $(ls "$three")"
  [ "$(grep -c '^features of ' "$fixture/three.txt")" -eq 1 ] || fail "features were not computed once"
  grep -q '^seed 5, epoch 4 ' "$fixture/three.txt" || fail "no line of an epoch names the seed"
  expect 0 train "$fixture/single" --epochs 1 --seeds 1
  [ -s "$fixture/single/gear/model.safetensors" ] || fail "one seed has a folder of its own"
}

means_and_deviations_are_right() {
  [ "$(wc -l < "$three/seeds.csv")" -eq 4 ] || fail "seeds.csv has not three rows"
  for name in image_auroc pixel_auroc au_pro pixel_f1_max best_test_image_auroc; do
    awk -F, -v name="$name" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i }
      NR > 1 { x[++n] = $at; sum += $at }
      END { for (i = 1; i <= n; i++) squares += (x[i] - sum / n) ^ 2; print sum / n, sqrt(squares / (n - 1)) }' \
      "$three/seeds.csv" > "$fixture/expected"
    case $name in
      best_test_*) sed -n '/"best_test"/,$p' "$three/seeds.json" > "$fixture/json" ;;
      *) cp "$three/seeds.json" "$fixture/json" ;;
    esac
    plain=${name#best_test_}
    echo "$(value "$fixture/json" "$plain" mean) $(value "$fixture/json" "$plain" deviation)" > "$fixture/found"
    cmp "$fixture/expected" "$fixture/found" || fail "$name: $(cat "$fixture/expected"), found $(cat "$fixture/found")"
  done
  awk '$1 == "mean" { if (NF != 7) exit 1; found = 1 } END { exit !found }' "$fixture/three.txt" || fail "no mean in the table"
  grep -q ' last epoch *best on the test set$' "$fixture/three.txt" || fail "the table does not say which epochs"
  mean=$(awk '$1 == "mean" { print $2 }' "$fixture/three.txt")
  grep -q "<dd>$mean ±" "$three/seeds.html" || fail "the page has not the mean $mean"
  grep -q 'image AUROC, best on the test set' "$three/seeds.html" || fail "the page does not name the best on the test set"
}

what_the_test_set_chose_is_named() {
  expect 0 train "$fixture/best" --epochs 2 --select best-test --eval-every 1 --seeds 2
  out_says "epoch selected on the test set"
  grep -q '"selection":	"best-test"' "$fixture/best/gear/seeds.json" || fail "seeds.json does not say so"
  grep -q 'The test set has chosen them' "$fixture/best/gear/seeds.html" || fail "the page does not say so"
  refuses 'another --select' train "$fixture/best" --epochs 2 --seeds 2 --resume
}

eval_tests_every_seed() {
  expect 0 tests "$three" --out "$fixture/eval"
  awk '/^ *(seed [0-9]|mean|deviation)/ { print $(NF - 2), $(NF - 1), $NF }' "$fixture/out" > "$fixture/found"
  awk '/^  seed [0-9]* *[0-9]/ { print $3, $4, $5 } /^ *(mean|deviation)/ { print $2, $3, $4 }' "$fixture/three.txt" > "$fixture/expected"
  cmp "$fixture/expected" "$fixture/found" || fail "other numbers than those of the training"
  cut -d, -f1-8 "$three/seeds.csv" | cmp - "$fixture/eval/gear/seeds.csv" || fail "seeds.csv differs"
  for seed in 4 5 6; do
    cmp "$three/seed-$seed/scores.csv" "$fixture/eval/gear/seed-$seed/scores.csv" || fail "scores of seed $seed differ"
    [ -s "$fixture/eval/gear/seed-$seed/metrics.json" ] || fail "no metrics of seed $seed"
  done
  expect 0 tests "$three" --seeds 2
  [ "$(grep -c '^  seed ' "$fixture/out")" -eq 2 ] || fail "not two seeds"
  refuses 'of 3 seeds, and --seeds asks for 4' tests "$three" --seeds 4
  refuses 'without seed-0/model.safetensors' tests "$data"
  misuse 'is one model' tests "$three/seed-4/model.safetensors" --seeds 2
  misuse '--seeds: expected' tests "$three" --seeds 0
}

eval_refuses_models_that_differ_in_more() {
  mkdir -p "$fixture/mixed"
  cp -r "$three/seed-4" "$fixture/mixed/"
  expect 0 train "$fixture/other" --epochs 3 --seed 5
  cp -r "$fixture/other/gear" "$fixture/mixed/seed-5"
  refuses 'seed-5/model.safetensors: has other settings' tests "$fixture/mixed" --out "$fixture/none"
  head -c 2000 "$three/seed-5/model.safetensors" > "$fixture/mixed/seed-5/model.safetensors"
  refuses 'seed-5/model.safetensors: ' tests "$fixture/mixed" --out "$fixture/none"
  [ ! -e "$fixture/none" ] || fail "something was written"
}

# The first seed ends, the second is interrupted in its midst.
interrupted_seeds_go_on() {
  long="--epochs 400 --checkpoint-every 0.05 --seeds 3"
  # shellcheck disable=SC2086
  expect 0 train "$fixture/whole" $long
  rm -rf "$fixture/stopped"
  # shellcheck disable=SC2086
  (out=$fixture/stopped && exec "$program" train --data "$data" --category gear $small --out "$out" $long) \
    > "$fixture/out" 2> "$fixture/err" < /dev/null &
  process=$!
  tries=0
  while [ ! -e "$fixture/stopped/gear/seed-1/checkpoint.safetensors" ] && [ "$tries" -lt 3000 ]; do
    sleep 0.02
    tries=$((tries + 1))
  done
  kill -INT "$process" || fail "the training ended before it could be stopped"
  wait "$process"
  [ $? -eq 130 ] || fail "the status after SIGINT is not 130"
  err_matches 'interrupted in epoch [0-9]* of seed [12]; go on with the same command and --resume'
  [ ! -e "$fixture/stopped/gear/seeds.json" ] || fail "a summary of two seeds"
  before=$(ls -i "$fixture/stopped/gear/seed-0/model.safetensors")
  # shellcheck disable=SC2086
  expect 0 train "$fixture/stopped" $long --resume
  out_says "seed 0 was finished before"
  out_matches '^seed [12], resumed after epoch'
  [ "$(ls -i "$fixture/stopped/gear/seed-0/model.safetensors")" = "$before" ] || fail "seed 0 was trained again"
  for seed in 0 1 2; do same_results "$fixture/whole/gear/seed-$seed" "$fixture/stopped/gear/seed-$seed"; done
  cmp "$fixture/whole/gear/seeds.csv" "$fixture/stopped/gear/seeds.csv" || fail "seeds.csv differs"
  left=$(find "$fixture/stopped" -name 'checkpoint*' -o -name '*.tmp')
  [ -z "$left" ] || fail "left behind: $left"
  # shellcheck disable=SC2086
  expect 0 train "$fixture/stopped" $long --resume
  [ "$(grep -c 'was finished before$' "$fixture/out")" -eq 3 ] || fail "a finished seed was trained"
}

more_seeds_join_those_that_are_there() {
  expect 0 train "$fixture/more" --epochs 1 --seeds 2
  expect 0 train "$fixture/more" --epochs 1 --seeds 3 --resume
  [ "$(grep -c 'was finished before$' "$fixture/out")" -eq 2 ] || fail "a finished seed was trained"
  [ "$(wc -l < "$fixture/more/gear/seeds.csv")" -eq 4 ] || fail "seeds.csv has not three rows"
}

# Anew means anew: what an earlier training has finished is not taken for this one's, even when this one fails.
a_new_training_forgets_the_last() {
  expect 0 train "$fixture/again" --epochs 2 --seeds 2
  mkdir "$fixture/again/gear/seed-0/training.csv.simplenet.tmp"
  refuses training.csv train "$fixture/again" --epochs 2 --seeds 2
  [ ! -e "$fixture/again/gear/seed-1/metrics.json" ] || fail "seed 1 would be taken for finished"
  [ ! -e "$fixture/again/gear/seeds.json" ] || fail "a summary of what is no more"
  rmdir "$fixture/again/gear/seed-0/training.csv.simplenet.tmp"
  expect 0 train "$fixture/again" --epochs 2 --seeds 2 --resume
  ! grep -q 'finished before' "$fixture/out" || fail "a seed was not trained"
}

nothing_of_value_is_replaced() {
  expect 0 train "$fixture/kept" --epochs 1 --seeds 2
  expect 0 train "$fixture/kept" --epochs 1 --seeds 2 # its own
  refuses "sigma 0.03, and this one has 0.5" train "$fixture/kept" --epochs 1 --seeds 2 --sigma 0.5
  cp -r "$data" "$fixture/second"
  # shellcheck disable=SC2086
  refuses "$fixture/second" "$program" train --data "$fixture/second" --category gear $small --epochs 1 --seeds 2 \
    --out "$fixture/kept"
  cp "$fixture/kept/gear/seeds.json" "$fixture/json"
  expect 0 train "$fixture/kept" --epochs 1 --seeds 2 --sigma 0.5 --force
  cmp -s "$fixture/json" "$fixture/kept/gear/seeds.json" && fail "--force has replaced nothing"
  for name in seeds.csv seeds.json seeds.html seed-1/metrics.json seed-1/checkpoint.safetensors; do
    file=$fixture/kept/gear/$name
    rm -f "$fixture/moved"
    [ ! -e "$file" ] || mv "$file" "$fixture/moved"
    echo 'weights of the third shift' > "$file"
    refuses "gear/$name" train "$fixture/kept" --epochs 1 --seeds 2 --sigma 0.5 --force
    [ "$(cat "$file")" = 'weights of the third shift' ] || fail "$name was replaced"
    rm "$file"
    [ ! -e "$fixture/moved" ] || mv "$fixture/moved" "$file"
  done
  ln "$data/gear/train/good/000.png" "$fixture/kept/gear/seed-0/steady"
  mv "$fixture/kept/gear/seed-0/steady" "$fixture/kept/gear/seed-0/scores.csv"
  refuses "train/good/000.png" train "$fixture/kept" --epochs 1 --seeds 2 --sigma 0.5 --force
}

broken_images_are_skipped_once() {
  mkdir "$fixture/copy"
  cp -r "$data/gear" "$fixture/copy/"
  head -c 500 "$data/gear/train/good/001.png" > "$fixture/copy/gear/train/good/001.png"
  one="--data $fixture/copy --category gear --epochs 1 --seeds 2 --out $fixture/broken $small"
  # shellcheck disable=SC2086
  refuses train/good/001.png "$program" train $one
  # shellcheck disable=SC2086
  expect 0 "$program" train $one --skip-broken
  [ "$(grep -c '^skipped: ' "$fixture/err")" -eq 1 ] || fail "not one photograph was skipped"
  for seed in 0 1; do
    grep -q '"skipped_images":	1,' "$fixture/broken/gear/seed-$seed/metrics.json" || fail "seed $seed does not count it"
  done
  # shellcheck disable=SC2086
  expect 0 "$program" train $one --skip-broken --resume
  [ "$(grep -c 'was finished before$' "$fixture/out")" -eq 2 ] || fail "a finished seed was trained"
}

# The seeds themselves, and one of them, which has no folder of its own.
seeds_are_chosen_by_number() {
  expect 0 train "$fixture/chosen" --epochs 4 --eval-every 2 --seeds 6,4
  for seed in 4 6; do same_results "$fixture/chosen/gear/seed-$seed" "$three/seed-$seed"; done
  [ "$(ls -d "$fixture"/chosen/gear/seed-* | wc -l)" -eq 2 ] || fail "holds $(ls "$fixture/chosen/gear")"
  expect 0 train "$fixture/one-of-them" --epochs 4 --eval-every 2 --seeds 6,
  same_results "$fixture/one-of-them/gear" "$three/seed-6"
  expect 0 train "$fixture/zero" --epochs 1 --seed 4 --seeds 0
  same_results "$fixture/zero/gear" "$fixture/single/gear"
}

methods_without_chance_say_so() {
  misuse 'chance decides nothing in the method mean_image' "$program" train --data "$data" --category gear \
    --method mean_image --resize 64 --crop 64 --seeds 2 --out "$fixture/none"
  misuse 'chance decides nothing with these settings of the method padim' "$program" train --data "$data" \
    --category gear --method padim --backbone embedded --resize 64 --crop 64 --channels 336 --seeds 2 --out "$fixture/none"
  misuse 'chance decides nothing with these settings of the method patchcore' "$program" train --data "$data" \
    --category gear --method patchcore --backbone embedded --resize 64 --crop 64 --coreset 1 --seeds 2 --out "$fixture/none"
  misuse '--seeds: expected' train "$fixture/none" --seeds -1
  misuse '--seeds: expected' train "$fixture/none" --seeds ,
  misuse 'is there twice' train "$fixture/none" --seeds 2,1,2
  misuse '--seeds: expected' train "$fixture/none" --seeds many
  misuse 'is too large' train "$fixture/none" --seeds 3 --seed 9007199254740990
  [ ! -e "$fixture/none" ] || fail "something was written"
  expect 0 "$program" train --data "$data" --category gear --method padim --backbone embedded --resize 64 --crop 64 \
    --channels 10 --seeds 2 --out "$fixture/padim"
  cmp -s "$fixture/padim/gear/seed-0/model.safetensors" "$fixture/padim/gear/seed-1/model.safetensors" &&
    fail "two seeds give one model"
  return 0
}

for test in each_seed_is_as_if_alone means_and_deviations_are_right what_the_test_set_chose_is_named \
  eval_tests_every_seed eval_refuses_models_that_differ_in_more interrupted_seeds_go_on \
  more_seeds_join_those_that_are_there a_new_training_forgets_the_last \
  nothing_of_value_is_replaced broken_images_are_skipped_once seeds_are_chosen_by_number methods_without_chance_say_so; do
  run_test $test
done
[ "$failures" -eq 0 ]
