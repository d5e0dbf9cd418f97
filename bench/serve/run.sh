#!/bin/sh
# run.sh DETECTOR SECONDS PHOTOGRAPH...: `simplenet serve` under wrk (Debian's package) from loopback, beside requests that are
# malformed, oversized, truncated, damaged and slow. Prints the library's own speed before and after and the server's without
# and with the trouble, its memory every ten seconds, and whether every good request was answered. Status 1 where one
# was not, or the server was not well. BUILD is where the programs are (build).
set -eu
BUILD=${BUILD:-build}
detector=$1 seconds=$2
shift 2
here=$(dirname "$0")
folder=$(mktemp -d)
server='' watcher=''
trap '[ -z "$server" ] || kill "$server" 2> /dev/null; [ -z "$watcher" ] || kill "$watcher" 2> /dev/null; rm -rf "$folder"' EXIT

library() { "$BUILD/bench/encoded" "$detector" 6 "$@"; }
load() { wrk -t1 -c4 --timeout 60s -d"$1"s -s "$here/photographs.lua" "$url" -- "$2" "$3" "$4" "$5" | grep answered; }
memory() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$server/status"; }
share() { awk "BEGIN { printf \"%.3f\n\", $1 / $2 }"; }
a_second() { sed 's/.*a-second \([0-9.]*\).*/\1/'; }

"$BUILD/simplenet" serve --model "$detector" --port 0 --timeout 10 > "$folder/url" 2> "$folder/err" &
server=$!
while [ ! -s "$folder/url" ]; do sleep 0.1; kill -0 $server; done
url=$(cat "$folder/url")

# ---- speed: the two take turns, so that what else the machine does hits both ----
for round in 1 2 3; do
  own=$(library "$@")
  served=$(load 6 "$@" | tee "$folder/served" | a_second)
  echo "round $round: library $own, served $served a second, share $(share "$served" "$own"); $(cat "$folder/served")"
done

# ---- trouble ----
(while sleep 10; do echo "memory $(memory) kB"; done) &
watcher=$!
python3 "$here/trouble.py" "$url" "$seconds" "$1" > "$folder/trouble" &
trouble=$!
load "$seconds" "$@" > "$folder/load"
status=0
wait $trouble || status=1
kill $watcher
watcher=
cat "$folder/trouble" "$folder/load"
grep -q ' other 0 errors 0 ' "$folder/load" || { echo "not every good request was answered"; status=1; }
echo "library $(library "$@") a second afterwards"
echo "memory $(memory) kB at the end"
curl -s "${url}metrics" | grep -e requests_total{ -e detections_total{
kill -TERM $server
wait $server || { echo "the server ended with status $?"; status=1; }
server=
exit $status
