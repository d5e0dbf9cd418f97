#!/bin/sh
# predict over a folder of FILES mixed files - photographs good, damaged, of other kinds and huge, in folders below, under
# long and hostile names, links in a loop and to nowhere, pipes - into a folder inside it, twice: the same table, no input
# changed, and every file either scored, named as one that cannot be read, or counted among those left out.
# `make test-large` takes 10,000 files. SIMPLENET and BUILD come from the Makefile.
set -u
fixture=$(mktemp -d)
trap 'rm -rf "$fixture"' EXIT
wanted=${FILES:-80}
export LC_ALL=C # names are bytes

fail() {
  echo "$*"
  echo "stdout:" && tail -n 5 "$fixture/out"
  echo "stderr:" && tail -n 20 "$fixture/err" | cut -c1-300
  echo "[  FAILED  ] predict_over_a_mixed_folder"
  exit 1
}

# copies FOLDER NAME FILE...: one under each name that begins with NAME and keeps the file's ending
copies() {
  folder=$1 name=$2
  shift 2
  for file in "$@"; do cp "$file" "$folder/$name-$(basename "$file")"; done
}

# ---- a hundred entries or so of every kind: a fourth are photographs that can be scored ----

"$SIMPLENET" generate "$fixture/data" --size 64 --train 4 --test-good 1 --per-defect 1 > /dev/null || exit 1
gear=$fixture/data/gear golden=tests/golden/images others=tests/golden/tiff_webp unit=$fixture/unit
mkdir -p "$unit/below/deeper" "$unit/- x"
copies "$unit" train "$gear"/train/good/00[01].png
copies "$unit/below" test "$gear"/test/dent/*.png
copies "$unit/below/deeper" golden "$golden"/jpeg-grey-33x17.jpg "$golden"/jpeg-exif-6.jpg "$golden"/bmp-24.bmp \
  "$others"/tiff-cmyk.tif "$others"/webp-lossy.webp
copies "$unit" damaged "$golden"/jpeg-half.jpg "$golden"/png-[fn]*.png "$golden"/png-rows-missing.png "$golden"/bmp-b*.bmp \
  "$golden"/bmp-h*.bmp "$golden"/bmp-z*.bmp "$others"/*-damaged.* "$others"/tiff-[fs]*.tif "$others"/webp-*-only.webp
head -c 1000 "$gear/train/good/000.png" > "$unit/cut.png"
: > "$unit/empty.png"
echo 'no image' > "$unit/text.jpg"
printf '\377\330\377' > "$unit/three.jpg"
copies "$unit" huge "$golden"/*-bomb.* "$golden"/png-huge.png "$others"/*-bomb.*
for name in a.heic b.HEIC c.gif d.raw e.txt f.pdf g h.png.bak Thumbs.db i.psd j.xml k.mov l.zip below/m.mp4 below/n.avif \
  below/deeper/o.heic below/deeper/p.json; do
  echo x > "$unit/$name"
done
long=$(printf '%0251d' 7)
escape=$(printf '\033') byte=$(printf '\377')
for name in "$long.png" "$long.bmp" '- x/-rf.png' "line
break.png" "esc${escape}[31m.png" "byte$byte.png" 'comma,quote".png' 'same.png' 'same.PNG'; do
  cp "$gear/train/good/001.png" "$unit/$name"
done
cp "$gear/train/good/002.png" "$unit/same.bmp" # told by its contents
folder=$unit/$long
mkdir -p "$folder/$long/$long"
cp "$gear/train/good/003.png" "$folder/$long/$long/$long.png"
ln -s . "$unit/below/loop"
ln -s ../.. "$unit/below/deeper/loop"
ln -s absent "$unit/dangling.png"
ln -s round.png "$unit/round.png"
ln -s same.png "$unit/linked.png"
ln -s /dev/zero "$unit/below/zero.jpg"
mkfifo "$unit/pipe.png" "$unit/below/pipe"

# ---- as many as are wanted ----

mixed=$fixture/mixed out=$fixture/mixed/results
mkdir "$mixed"
count() { find "$mixed" -path "$out" -prune -o "$@" -printf x 2> /dev/null | wc -c; } # links in a loop are an error
# What is read as an image, by its name.
count_images() {
  count -xtype f \( -iname '*.png' -o -iname '*.jpg' -o -iname '*.jpeg' -o -iname '*.bmp' -o -iname '*.tif' \
    -o -iname '*.tiff' -o -iname '*.webp' \)
}
part=0
while [ "$(count ! -type d)" -lt "$wanted" ]; do
  part=$((part + 1))
  cp -a "$unit" "$mixed/part $part"
done

# Of inputs: path, kind, size, time, where a link leads, and the contents.
state() {
  (
    cd "$mixed" || exit
    find . -path ./results -prune -o ! -path . -printf '%p %y %s %T@ %l\n' | sort
    find . -path ./results -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
  )
}

"$SIMPLENET" train --data "$fixture/data" --category gear --backbone embedded --resize 32 --crop 32 --hidden 16 \
  --batch 4 --epochs 1 --out "$fixture/run" > /dev/null 2>&1 || exit 1

# predict_into_itself TABLE: scores what it finds, and keeps the table
predict_into_itself() {
  timeout 1800 "$SIMPLENET" predict --model "$fixture/run/gear/model.safetensors" --out "$out" "$mixed" \
    > "$fixture/out" 2> "$fixture/err" < /dev/null
  status=$?
  [ "$status" -eq 1 ] || fail "status $status, and 1 is expected where photographs are damaged"
  cp "$out/scores.csv" "$1" || fail "no table"
}

# account NAME RESULTS: every file is scored, named or counted; so is the folder of results, where there was one before
account() {
  named=$(count_images)
  others=$(($(count ! -type d) - named))
  scored=$(grep -c '^ *-*[0-9]' "$fixture/out")
  broken=$(grep -c '^simplenet: ' "$fixture/err")
  left=$(sed -n 's/^left out: \([0-9]*\) .*/\1/p' "$fixture/err" | awk '{ sum += $1 } END { print sum + 0 }')
  echo "$1: $named images by their names: $scored scored, $broken broken; $others others, of which left out: $left"
  [ "$((scored + broken))" -eq "$named" ] || fail "not every image is scored or named"
  [ "$scored" -gt "$((named / 4))" ] || fail "a third or more should be scored"
  [ "$left" -eq "$((others + $2))" ] || fail "not every other file is counted as left out"
  pictures=$(find "$out" -type f -name '*_heatmap.png' -printf x | wc -c)
  [ "$pictures" -eq "$scored" ] || fail "$pictures heat maps for $scored photographs"
  rubbish=$(find "$out" -name '*.tmp' | head -1)
  [ -z "$rubbish" ] || fail "$rubbish is left over"
  ! grep -q '[[:cntrl:]]' "$fixture/out" "$fixture/err" || fail "control characters in what it prints"
}

state > "$fixture/before"
start=$(date +%s)
predict_into_itself "$fixture/first.csv"
account first 0
predict_into_itself "$fixture/second.csv"
account second 1
echo "$(count ! -type d) files, $(($(date +%s) - start)) s"
cmp "$fixture/first.csv" "$fixture/second.csv" || fail "another table at the second time"
state > "$fixture/after"
cmp "$fixture/before" "$fixture/after" || fail "an input has changed"
echo "[       OK ] predict_over_a_mixed_folder"
