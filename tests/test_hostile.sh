#!/bin/sh
# Files that someone made to do harm, given to the whole program: names that are paths, small files that describe endless
# work or memory, images larger than the machine. Each is refused at once in one sentence, and nothing is written
# elsewhere. SIMPLENET and BUILD come from the Makefile.
set -u
. tests/support/script.sh
shared=${SIMPLENET_SHARED:-../shared}

# refuses WORDS COMMAND...: status 1 within 20 s, and one sentence that holds the words
refuses() {
  words=$1
  shift
  timeout 20 "$@" > "$fixture/out" 2> "$fixture/err" < /dev/null
  got=$?
  [ "$got" -eq 1 ] || fail "status $got, expected 1: $*"
  [ "$(grep -c '^simplenet: ' "$fixture/err")" -eq 1 ] || fail "not one sentence: $*"
  grep -q -F -e "$words" "$fixture/err" || fail "the sentence does not say '$words': $*"
}

"$SIMPLENET" generate "$fixture/data" --size 64 --train 2 --test-good 1 --per-defect 1 > /dev/null || exit 1
small="--backbone embedded --resize 64 --crop 64 --hidden 16 --batch 2 --epochs 1"
# shellcheck disable=SC2086
"$SIMPLENET" train --data "$fixture/data" --category gear $small --out "$fixture/trained" > /dev/null || exit 1
model=$fixture/trained/gear/model.safetensors
photograph=$fixture/data/gear/test/good/000.png

# A VisA table whose objects lead out of the results.
visa=$fixture/visa
mkdir -p "$visa/split_csv" "$fixture/deep/er"
cp -r "$fixture/data/gear" "$visa/img"
table() { # OBJECT IMAGE
  printf 'object,split,label,image,mask\n%s,train,normal,img/train/good/000.png,\n%s,test,normal,%s,\n' "$1" "$1" "$2" \
    > "$visa/split_csv/1cls.csv"
}

# nothing_escaped: beside the results there is only what was there
nothing_escaped() {
  found=$(ls "$fixture" "$fixture/deep")
  [ "$found" = "$before" ] || fail "something was written elsewhere: $found"
}

names_lead_nowhere() {
  touch "$fixture/out" "$fixture/err" "$fixture/log"
  before=$(ls "$fixture" "$fixture/deep")
  words="1cls.csv, line 2, column object: expected a name, found '../../escaped'"
  out=$fixture/deep/er/out
  table ../../escaped img/test/good/000.png
  for category in "" "--category ../../escaped"; do
    # shellcheck disable=SC2086
    refuses "$words" "$SIMPLENET" train --data "$visa" $category $small --out "$out"
    # shellcheck disable=SC2086
    refuses "$words" "$SIMPLENET" eval --model "$model" --data "$visa" $category --out "$out"
    # shellcheck disable=SC2086
    refuses "$words" "$SIMPLENET" export-maps --model "$model" --data "$visa" $category --out "$out"
  done
  # shellcheck disable=SC2086
  refuses "$words" "$SIMPLENET" benchmark --data "$visa" $small --out "$out"
  refuses "$words" "$SIMPLENET" export-maps --run "$fixture/trained" --data "$visa" --out "$out"
  refuses "$words" "$SIMPLENET" data "$visa"
  table gear ../img/test/good/000.png
  refuses "line 3, column image: expected a path below" "$SIMPLENET" eval --model "$model" --data "$visa" --out "$out"
  nothing_escaped
}

# A model that says 16,384 pixels where 64 were.
models_are_no_bombs() {
  "$BUILD/tests/tools/spoil_model" "$model" "$fixture/wide.safetensors" resize 16384 || exit 1
  "$BUILD/tests/tools/spoil_model" "$fixture/wide.safetensors" "$fixture/big.safetensors" crop 16384 || exit 1
  (
    ulimit -v 3000000
    refuses "MB are available" "$SIMPLENET" predict --model "$fixture/big.safetensors" "$photograph"
    refuses "MB are available" "$SIMPLENET" eval --model "$fixture/big.safetensors" --data "$fixture/data" --category gear
    refuses "MB are available" "$SIMPLENET" export-maps --model "$fixture/big.safetensors" --data "$fixture/data" \
      --category gear --out "$fixture/maps"
  ) || exit 1
}

given_cases_are_refused() {
  refuses "describes far more" "$SIMPLENET" convert "$shared/cases/cpubomb100000.pth" "$fixture/x.safetensors"
  refuses "describes far more" "$SIMPLENET" convert "$shared/cases/mem1.pth" "$fixture/x.safetensors"
  refuses "leaves its storage" "$SIMPLENET" convert "$shared/cases/overflow_offset.pth" "$fixture/x.safetensors"
  refuses "column object: expected a name" "$SIMPLENET" data "$shared/cases/visa_traversal"
  [ ! -e "$fixture/x.safetensors" ] || fail "something was written"
}

run_test names_lead_nowhere
if (ulimit -v 3000000 && "$SIMPLENET" info > /dev/null 2>&1); then
  run_test models_are_no_bombs
else
  echo "skip: models_are_no_bombs: this build needs more than 3 GB of addresses by itself (a sanitizer)"
  echo "[  SKIPPED ] models_are_no_bombs"
fi
if [ -d "$shared/cases" ]; then
  run_test given_cases_are_refused
else
  echo "skip: given_cases_are_refused: there is no $shared/cases"
  echo "[  SKIPPED ] given_cases_are_refused"
fi
[ "$failures" -eq 0 ]
