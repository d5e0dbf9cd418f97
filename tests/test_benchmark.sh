#!/bin/sh
# Studies from outside: a benchmark that is interrupted and goes on, the same results in one process and in several,
# results of other settings, the paper's tables and figures, maps as TIFF. SIMPLENET comes from the Makefile.
set -u
. tests/support/script.sh

says() { grep -q -e "$2" "$fixture/$1" || fail "$1 does not say: $2"; }

# Everything about a trial but how long it took.
numbers_of() {
  sed -e '/"seconds_/d' "$1/metrics.json"
  cut -d, -f1-4 "$1/training.csv"
  cat "$1/scores.csv"
}

small="--data $fixture/data --backbone embedded --resize 64 --crop 64 --hidden 32 --seeds 0,1"
"$SIMPLENET" generate "$fixture/data" --size 64 --train 6 --test-good 3 --per-defect 1 > /dev/null || exit 1

benchmark_writes_everything() {
  expect 0 "$SIMPLENET" benchmark $small --epochs 5 --categories wood,gear --jobs 2 --out "$fixture/two"
  says err "carpet, grid, leather, tile, bottle"
  says err "(14 of 15)"
  says out "best on test"
  for file in run.json table1.csv table1.md report.html wood/report.html wood/examples.jpg wood/worst.jpg \
    wood/seed-0/metrics.json wood/seed-1/model.safetensors gear/seed-1/scores.csv; do
    [ -s "$fixture/two/$file" ] || fail "$file is missing"
  done
  [ ! -e "$fixture/two/wood/seed-0/checkpoint.safetensors" ] || fail "a checkpoint was left behind"
  grep -q '"weights_sha256"' "$fixture/two/run.json" || fail "run.json has no hash"
  grep -q 'src="data:image/jpeg' "$fixture/two/report.html" || fail "the page has no pictures in it"
  ! grep -q -e 'src="http' -e '<script' "$fixture/two/report.html" || fail "the page loads or runs something"
}

results_do_not_depend_on_jobs_threads_and_memory() {
  expect 0 "$SIMPLENET" benchmark $small --epochs 5 --categories gear,wood --jobs 1 --threads 1 --memory 0 \
    --out "$fixture/one"
  says out "features of 2 of 2 categories do not fit .* temporary files"
  for trial in wood/seed-0 wood/seed-1 gear/seed-1; do
    numbers_of "$fixture/one/$trial" > "$fixture/a"
    numbers_of "$fixture/two/$trial" > "$fixture/b"
    cmp -s "$fixture/a" "$fixture/b" || fail "$trial differs"
  done
}

trial_is_what_train_gives() {
  expect 0 "$SIMPLENET" train --preset paper --data "$fixture/data" --category wood --backbone embedded --resize 64 --crop 64 \
    --hidden 32 --seed 1 --epochs 5 --eval-every 4 --out "$fixture/train"
  numbers_of "$fixture/train/wood" > "$fixture/a"
  numbers_of "$fixture/one/wood/seed-1" > "$fixture/b"
  cmp -s "$fixture/a" "$fixture/b" || fail "the numbers differ"
}

interrupted_benchmark_goes_on_with_the_same_result() {
  epochs=200 # so many that it is interrupted in one of them
  if is_sanitized; then epochs=50; fi
  long="$small --epochs $epochs --categories wood --out"
  "$SIMPLENET" benchmark $long "$fixture/cut" > "$fixture/out" 2> "$fixture/err" < /dev/null &
  process=$!
  tries=0
  while ! ls "$fixture"/cut/wood/seed-0 > /dev/null 2>&1 && [ $tries -lt 300 ]; do sleep 0.1; tries=$((tries + 1)); done
  sleep 0.5
  kill -TERM $process
  wait $process
  got=$?
  [ $got -eq 130 ] || fail "status $got after an interruption"
  says err "the same command goes on"
  [ -s "$fixture/cut/wood/seed-0/checkpoint.safetensors" ] || [ -s "$fixture/cut/wood/seed-0/metrics.json" ] ||
    fail "nothing was kept"
  expect 0 "$SIMPLENET" benchmark $long "$fixture/cut"
  expect 0 "$SIMPLENET" benchmark $long "$fixture/whole"
  for seed in 0 1; do
    numbers_of "$fixture/cut/wood/seed-$seed" > "$fixture/a"
    numbers_of "$fixture/whole/wood/seed-$seed" > "$fixture/b"
    cmp -s "$fixture/a" "$fixture/b" || fail "seed $seed differs"
  done
}

finished_trials_are_kept() {
  touch -d '2001-01-01' "$fixture/one/wood/seed-0/metrics.json"
  rm "$fixture/one/wood/seed-1/metrics.json"
  expect 0 "$SIMPLENET" benchmark $small --epochs 5 --categories gear,wood --out "$fixture/one"
  says out "1 trainings to do"
  [ -z "$(find "$fixture/one/wood/seed-0/metrics.json" -newermt 2002-01-01)" ] || fail "a finished trial was run again"
  numbers_of "$fixture/one/wood/seed-1" > "$fixture/a"
  numbers_of "$fixture/two/wood/seed-1" > "$fixture/b"
  cmp -s "$fixture/a" "$fixture/b" || fail "the trial that was run again differs"
}

seeds_are_counted_or_listed() {
  for seeds in 0 1 2; do
    expect 0 "$SIMPLENET" benchmark $small --seeds $seeds --epochs 5 --categories gear,wood --out "$fixture/one"
    grep -q 'trainings to do' "$fixture/out" && fail "--seeds $seeds: other seeds than 0 and 1"
  done
  return 0
}

results_of_other_settings_are_refused() {
  expect 1 "$SIMPLENET" benchmark $small --epochs 6 --categories wood --out "$fixture/one"
  says err "is of another run, with epochs 5 where this one has 6"
}

methods_without_backbone_and_epochs_are_benchmarked() {
  expect 0 "$SIMPLENET" benchmark --method mean_image --data "$fixture/data" --resize 64 --crop 64 --categories wood,gear \
    --out "$fixture/mean"
  says out "with one seed; predicted"
  ! grep -q "the paper" "$fixture/mean/table1.md" || fail "a paper that there is not"
  [ -s "$fixture/mean/wood/report.html" ] || fail "no page of wood"
  expect 0 "$SIMPLENET" train --method mean_image --data "$fixture/data" --category wood --resize 64 --crop 64 \
    --out "$fixture/mean-train"
  cmp -s "$fixture/mean-train/wood/scores.csv" "$fixture/mean/wood/seed-0/scores.csv" || fail "the scores differ"
  expect 2 "$SIMPLENET" paper table2 --method mean_image --data "$fixture/data"
  says err "studies are not known"
}

failing_category_does_not_stop_the_others() {
  cp -r "$fixture/data" "$fixture/broken"
  printf 'no image' > "$fixture/broken/gear/train/good/000.png"
  expect 1 "$SIMPLENET" benchmark $small --data "$fixture/broken" --epochs 1 --categories gear,wood \
    --out "$fixture/partly"
  says err "gear/train/good/000.png"
  [ -s "$fixture/partly/wood/seed-1/metrics.json" ] || fail "wood was not done"
  grep -q '^gear,6,.*,0,,' "$fixture/partly/table1.csv" || fail "table1.csv does not show gear as absent"
}

wrong_use_is_told() {
  expect 2 "$SIMPLENET" benchmark
  says err "--data FOLDER is missing"
  expect 2 "$SIMPLENET" paper table9 $small
  says err "expected one of table2"
  expect 1 "$SIMPLENET" benchmark $small --categories woods
  says err "there is no category 'woods'"
  expect 2 "$SIMPLENET" benchmark $small --seeds 1,1
  says err "1 is there twice"
  expect 2 "$SIMPLENET" benchmark $small --memory much --categories wood --out "$fixture/none"
  says err "--memory: expected"
}

tables_and_figures_are_drawn() {
  for study in table2 table3 table4 figure2 figure4 figure5 figure6 figure7 figure8; do
    expect 0 "$SIMPLENET" paper $study $small --seeds 0 --epochs 1 --categories wood --out "$fixture/$study"
    [ -s "$fixture/$study/report.html" ] && [ -s "$fixture/$study/$study.csv" ] || fail "$study: no page or table"
    [ $study = figure8 ] || ls "$fixture/$study"/*.svg > /dev/null 2>&1 || fail "$study: no plot"
  done
  # One extraction of features serves all levels: the row of levels 2 and 3 is what SimpleNet itself gives.
  numbers_of "$fixture/table2/levels-2+3/wood/seed-0" > "$fixture/a"
  numbers_of "$fixture/figure8/wood/seed-0" > "$fixture/b"
  cmp -s "$fixture/a" "$fixture/b" || fail "levels 2+3 differ from SimpleNet itself"
}

maps_are_exported() {
  expect 0 "$SIMPLENET" export-maps --run "$fixture/two" --data "$fixture/data" --out "$fixture/maps"
  [ "$(find "$fixture/maps/wood/test/good" -name '*.tiff' | wc -l)" -eq 3 ] || fail "not three maps of good wood"
  # 64 x 64 float32 values and 178 bytes before them
  [ "$(wc -c < "$fixture/maps/gear/test/good/000.tiff")" -eq $((64 * 64 * 4 + 178)) ] || fail "the size of a map"
  expect 2 "$SIMPLENET" export-maps --data "$fixture/data"
  says err "either --model FILE or --run FOLDER"
}

for test in benchmark_writes_everything results_do_not_depend_on_jobs_threads_and_memory trial_is_what_train_gives \
  interrupted_benchmark_goes_on_with_the_same_result finished_trials_are_kept seeds_are_counted_or_listed \
  results_of_other_settings_are_refused methods_without_backbone_and_epochs_are_benchmarked failing_category_does_not_stop_the_others wrong_use_is_told \
  tables_and_figures_are_drawn maps_are_exported; do
  run_test $test
done
[ "$failures" -eq 0 ]
