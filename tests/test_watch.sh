#!/bin/sh
# predict --watch from outside: photographs that arrive in every way are scored once, when they are whole, and told at
# once. tests/test_arrivals.c has the hazards of timing one by one. SIMPLENET and BUILD come from the Makefile.
set -u
. tests/support/script.sh
program=$(realpath "$SIMPLENET")

"$program" generate "$fixture/data" --size 64 --train 8 --test-good 3 --per-defect 1 > /dev/null || exit 1
"$program" train --data "$fixture/data" --category gear --backbone embedded --resize 32 --crop 32 --hidden 16 --batch 4 \
  --epochs 1 --out "$fixture/run" > /dev/null || exit 1
"$program" calibrate --model "$fixture/run/gear/model.safetensors" --out "$fixture/calibrated.safetensors" \
  "$fixture/data/gear/train/good" > /dev/null || exit 1
detector=$fixture/calibrated.safetensors
good=$fixture/data/gear/test/good

# begin OPTIONS...: watches the folder "in" of a new folder, which is entered; its results are in the files out and err
begin() {
  [ -d "$fixture/here" ] && rm -rf "$fixture/here"
  mkdir -p "$fixture/here/in"
  cd "$fixture/here" || fail "no folder"
  go_on "$@"
}

go_on() { # the same with the folder as it is
  rm -f "$fixture/out" "$fixture/err" # of a watch before
  "$program" predict --model "$detector" --threads 1 --watch in "$@" > "$fixture/out" 2> "$fixture/err" < /dev/null &
  watcher=$!
  await grep -s -q '^watching in$' "$fixture/err"
}

# await COMMAND...: until it is true, for some seconds
await() {
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    [ "$tries" -lt 300 ] || { kill "$watcher"; fail "waited in vain for: $*"; }
    sleep 0.05
  done
}

await_end() { # of itself; its status
  await ended
  wait "$watcher"
}

ended() { ! kill -0 "$watcher" 2> /dev/null; }

lines() { [ "$(wc -l < "$fixture/out")" -ge "$1" ]; }

# end STATUS [SIGNAL]
end() {
  kill -s "${2:-TERM}" "$watcher"
  wait "$watcher"
  got=$?
  [ "$got" -eq "$1" ] || fail "status $got, expected $1"
}

# count NAME N: the name is told in so many lines of csv
count() { [ "$(grep -c -F -e "$1," "$fixture/out")" -eq "$2" ] || fail "$1 is not told $2 times"; }

formats_and_scores() {
  for format in text csv json; do
    [ -d "$fixture/here" ] && rm -rf "$fixture/here"
    mkdir -p "$fixture/here/in" && cp "$good/000.png" "$fixture/here/in" && cd "$fixture/here" || fail "no folder"
    touch -d '1 hour ago' in/000.png
    go_on --format $format --threshold -1e30
    header=0
    [ $format != csv ] || header=1
    await lines $((header + 1)) # what is there comes first, and is told before the end
    cp "$good/001.png" in
    await lines $((header + 2))
    end 3
    err_says 'in: 2 photographs scored, 2 of them defective'
    cp "$fixture/out" "$fixture/watched"
    for name in in/000.png in/001.png; do # one by one, as they were scored
      expect 3 "$program" predict --model "$detector" --format $format --threshold -1e30 $name
      [ $format != csv ] || [ $name = in/000.png ] || sed -i 1d "$fixture/out"
      cat "$fixture/out" >> "$fixture/single"
    done
    cmp "$fixture/watched" "$fixture/single" || fail "$format: another output than of each alone"
    rm "$fixture/single"
  done
}

only_what_is_new() {
  begin --threshold 1e30
  end 0
  cp "$good/000.png" "$good/001.png" in
  go_on --format csv --threshold 1e30 --only-new
  cp "$good/002.png" in
  await lines 2
  cat "$good/000.png" > in/001.png # another one under its name
  await lines 3
  end 0
  count in/000.png 0
  count in/001.png 1
}

every_way_of_arriving() {
  begin --format csv --threshold 1e30
  { head -c 900 "$good/000.png"; sleep 0.5; tail -c +901 "$good/000.png"; } > in/slow.png &
  writer=$!
  head -c 900 "$good/001.png" > in/twice.png # its writer comes back
  cp "$good/002.png" moved.png
  mv moved.png in
  cp "$good/002.png" in/part.png.part
  cp "$good/002.png" in/.rsync.png.x1
  mkdir in/day
  cp "$good/001.png" in/day/1.png
  ln "$good/000.png" in/linked.png
  sleep 0.3
  tail -c +901 "$good/001.png" >> in/twice.png
  mv in/part.png.part in/part.png
  mv in/.rsync.png.x1 in/rsync.png
  cp "$good/000.png" in/overwritten.png
  await grep -q overwritten "$fixture/out"
  cp "$good/001.png" in/overwritten.png
  cp "$good/001.png" "$(printf 'in/line\nbreak\033[31m,".png')"
  wait $writer
  await lines 11
  mv in/day/1.png in/seen.png # is known
  cp "$good/001.png" in/last.png
  await grep -q last.png "$fixture/out"
  sleep 1.2 # until what was half written might be tried again
  end 0
  for name in slow twice moved part rsync day/1 linked last; do count "in/$name.png" 1; done
  count in/overwritten.png 2
  [ "$(wc -l < "$fixture/out")" -eq 12 ] || fail "not eleven lines and the header"
  grep -q '^"in/line\\nbreak\\x1b\[31m,"".png",' "$fixture/out" || fail "a name is not shown"
  ! grep -q '[[:cntrl:]]' "$fixture/out" "$fixture/err" || fail "control characters in what it prints"
  cp "$fixture/out" "$fixture/watched"
  for pair in slow:000 twice:001 moved:002; do # whole photographs were scored, no halves
    expect 0 "$program" predict --model "$detector" --threshold 1e30 --format csv "$good/${pair#*:}.png"
    score=$(tail -n 1 "$fixture/out" | cut -d, -f2)
    grep -q "^in/${pair%:*}.png,$score,0$" "$fixture/watched" || fail "$pair: another score"
  done
}

broken_ones_are_named() {
  begin --format csv --threshold 1e30
  echo 'no image' > in/bad.png
  head -c 900 "$good/000.png" > in/half.png
  : > in/empty.png
  for i in 1 2 3 4 5 6 7 8; do : > in/gone$i.png; rm in/gone$i.png; done
  cp "$good/000.png" in/good.png
  await lines 2
  await grep -q half.png "$fixture/err"
  await grep -q empty.png "$fixture/err"
  tail -c +901 "$good/000.png" >> in/half.png # whole at last
  await lines 3
  end 1
  err_says 'in/bad.png: is neither'
  err_says 'in: 2 photographs scored; 3 could not be read'
  [ "$(grep -c '^simplenet: ' "$fixture/err")" -eq 3 ] || fail "not three are named"
  count in/half.png 1
}

many_at_once() {
  begin --format json --threshold 1e30
  for i in $(seq 60); do cp "$good/00$((i % 3)).png" "in/$i.png"; done
  await lines 60
  end 0 INT
  [ "$(sort -u "$fixture/out" | wc -l)" -eq 60 ] || fail "not sixty different lines"
  ! grep -v '^{"image":"in/[0-9]*.png","score":[-0-9.e]*,"threshold":1e+30,"defective":false}$' "$fixture/out" ||
    fail "not an object a line"
}

pictures_are_written() {
  begin --threshold 1e30 --out in/results --save panel,overlay,mask,map
  cp "$good/000.png" in/a.png
  await lines 1
  cp "$good/001.png" in/a.jpg # told by its contents
  mkdir in/sub && cp "$good/001.png" in/sub/b.png
  await lines 3
  await [ -s in/results/sub/b.png_anomaly_map.tiff ]
  [ "$(find in/results -type f | wc -l)" -eq 12 ] || fail "$(find in/results)"
  cp in/results/a.png_overlay.png before.png
  cp "$good/002.png" in/a.png
  await lines 4
  await [ in/results/a.png_anomaly_map.tiff -nt in/a.png ]
  ! cmp -s before.png in/results/a.png_overlay.png || fail "the overlay is still of the first photograph"
  echo mine > in/results/c.png_overlay.png
  cp "$good/002.png" in/c.png
  await lines 5 # scored all the same
  cp "$good/002.png" in/d.png
  await [ -s in/results/d.png_anomaly_map.tiff ]
  end 1
  [ "$(cat in/results/c.png_overlay.png)" = mine ] || fail "a file of others was replaced"
  err_says 'c.png_overlay.png: is there already'
  err_says 'in: 6 photographs scored; 1 could not be drawn'
  [ ! -e in/results/scores.csv ] && [ ! -e in/results/c.png_pred_mask.png ] || fail "more than that is written"
}

the_folder_ends() {
  begin --format csv
  rm -r in
  await_end
  [ $? -eq 1 ] || fail "status of a folder that was removed"
  err_says 'simplenet: in: was removed while it was watched'
  begin --format csv
  mv in elsewhere
  await_end
  [ $? -eq 1 ] || fail "status of a folder that was moved"
  err_says 'simplenet: in: was moved while it was watched'
  expect 1 "$program" predict --model "$detector" --watch absent
  err_says 'absent: cannot be listed: No such file'
}

nobody_listens() {
  mkdir -p "$fixture/here/in" && cd "$fixture/here" || fail "no folder"
  mkfifo pipe
  timeout 60 "$program" predict --model "$detector" --watch in > pipe 2> "$fixture/err" < /dev/null &
  watcher=$!
  head -n 1 < pipe > first &
  await grep -q watching "$fixture/err"
  cp "$good/000.png" in/1.png
  await [ -s first ]
  cp "$good/001.png" in/2.png
  wait "$watcher"
  [ $? -eq 1 ] || fail "status without a reader"
  err_says 'standard output cannot be written'
}

for test in formats_and_scores only_what_is_new every_way_of_arriving broken_ones_are_named many_at_once \
  pictures_are_written the_folder_ends nobody_listens; do
  run_test "$test"
done
[ "$failures" -eq 0 ]
