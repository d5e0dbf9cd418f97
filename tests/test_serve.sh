#!/bin/sh
# simplenet serve from outside: what it answers, whom it refuses, what it bears, and how it ends. SIMPLENET comes from
# the Makefile.
set -u
. tests/support/script.sh
program=$SIMPLENET
trap 'stop_server > /dev/null 2>&1; rm -rf "$fixture"' EXIT

for tool in curl python3; do
  command -v $tool > /dev/null || { skip_test serve "there is no $tool"; exit 0; }
done

# ---- data: a detector in one file and its photographs ----

"$program" generate "$fixture/data" --size 64 --train 12 --test-good 3 --per-defect 1 > /dev/null || exit 1
gear=$fixture/data/gear
"$program" train --data "$fixture/data" --category gear --backbone embedded --resize 64 --crop 64 --hidden 16 --batch 4 \
  --epochs 2 --calibrate-share 0.5 --out "$fixture/run" > /dev/null 2>&1 || exit 1
detector=$fixture/gear.safetensors
"$program" export --model "$fixture/run/gear/model.safetensors" "$detector" > /dev/null 2>&1 || exit 1
photograph=$gear/test/good/000.png
token=a-token-of-24-characters

# serve OPTIONS...: starts one on a free port; $url and $server are set
serve() {
  stop_server # that of a test that failed
  : > "$fixture/url"
  "$program" serve --model "$detector" --port 0 "$@" > "$fixture/url" 2> "$fixture/server-err" < /dev/null &
  server=$!
  echo "$server" > "$fixture/server"
  for _ in $(seq 600); do
    [ ! -s "$fixture/url" ] || break
    kill -0 "$server" 2> /dev/null || fail "the server did not start: $(cat "$fixture/server-err")"
    sleep 0.1
  done
  url=$(head -n 1 "$fixture/url")
}

stop_server() {
  [ -s "$fixture/server" ] || return 0
  kill "$(cat "$fixture/server")" 2> /dev/null
  : > "$fixture/server"
}

# ends_well: the server is stopped, and says so by status 0
ends_well() {
  stop_server
  wait "$server"
  status=$?
  [ $status -eq 0 ] || fail "the server ended with status $status: $(cat "$fixture/server-err")"
  ! grep -v -e '^threshold' -e '^stopping' "$fixture/server-err" || fail "the server complains"
}

# ask STATUS ARGUMENTS OF CURL...: the answer is in out, its head in head
ask() {
  wanted=$1
  shift
  got=$(curl -sS -D "$fixture/head" -o "$fixture/out" -w '%{http_code}' "$@" 2> "$fixture/err") || fail "curl $*"
  [ "$got" = "$wanted" ] || fail "HTTP $got, expected $wanted: $*"
}

# refused STATUS WORDS ARGUMENTS OF CURL...: an error in JSON that says so
refused() {
  words=$2
  said=$1
  shift 2
  ask "$said" "$@"
  out_says "$words"
  out_matches "^{\"status\":$said,\"error\":\".*\"}\$"
  python3 -m json.tool < "$fixture/out" > /dev/null || fail "no JSON"
}

post() { # STATUS FILE MORE...
  wanted=$1 file=$2
  shift 2
  ask "$wanted" -H 'Content-Type: image/png' --data-binary "@$file" "$@"
}

head_says() { grep -q -i -F -e "$1" "$fixture/head" || fail "the head does not say: $1"; }

# raw CASE: of tests/serve/raw.py
raw() { expect 0 python3 tests/serve/raw.py "$url" "$1" "$photograph" "$server"; }

field() { sed -n "s/.*\"$1\":\([^,}]*\).*/\1/p" "$2"; }

# ---- what it answers ----

scores_are_those_of_predict() {
  serve
  for image in "$gear"/test/*/*.png; do
    expect verdict "$program" predict --model "$detector" --format json "$image"
    cp "$fixture/out" "$fixture/predicted"
    post 200 "$image" "${url}v1/detect"
    for name in score threshold normalised; do
      [ "$(field $name "$fixture/out")" = "$(field $name "$fixture/predicted")" ] || fail "$image: another $name"
    done
    verdict=good
    [ "$(field defective "$fixture/predicted")" = false ] || verdict=defective
    out_says "\"verdict\":\"$verdict\""
    cp "$fixture/out" "$fixture/first"
    ask 200 -F "image=@$image" "${url}v1/detect"
    cmp -s "$fixture/out" "$fixture/first" || fail "$image: a form is answered otherwise"
  done
  ends_well
}

answers_are_whole() {
  serve
  post 200 "$photograph" "${url}v1/detect?map=float32&heatmap=png"
  python3 - "$fixture/out" << 'python' || fail "the answer is not as it should be"
import base64, json, struct, sys
answer = json.load(open(sys.argv[1]))
assert list(answer) == ["score", "threshold", "normalised", "verdict", "regions", "regions_found", "map", "covered", "detector"], list(answer)
width, height = answer["map"]["width"], answer["map"]["height"]
assert (width, height) == (64, 64)
values = struct.unpack(f"<{width * height}f", base64.b64decode(answer["map"]["float32"]))
above = sum(value >= answer["threshold"] for value in values)
assert (above > 0) == (answer["regions_found"] > 0)
assert base64.b64decode(answer["map"]["png"])[:8] == b"\x89PNG\r\n\x1a\n"
assert answer["covered"] == {"left": 0, "top": 0, "width": 64, "height": 64}
assert answer["detector"]["name"] == "gear.safetensors" and answer["detector"]["version"]
python
  post 200 "$photograph" "${url}v1/detect"
  ! grep -q -e float32 -e png "$fixture/out" || fail "a map that nobody asked for"
  ask 200 "${url}v1/detector"
  python3 -m json.tool < "$fixture/out" > /dev/null || fail "no JSON"
  out_says '"name":"gear.safetensors"'
  out_says '"decision":"threshold '
  ask 200 "${url}healthz"
  out_says '{"status":"ok"}'
  ask 200 -I "${url}healthz"
  ends_well
}

the_page_loads_nothing_from_elsewhere() {
  serve
  ask 200 "$url"
  head_says "Content-Type: text/html; charset=utf-8"
  head_says "default-src 'none'; script-src 'self'; style-src 'self'"
  ! grep -q -i "unsafe" "$fixture/head" || fail "the policy has a hole"
  cp "$fixture/out" "$fixture/page"
  ! grep -q -E '<style|style=|<script>| on[a-z]+="' "$fixture/page" || fail "a style or script in the page itself"
  grep -o -E '(src|href)="[^"]*"' "$fixture/page" | sed 's/.*="\(.*\)"/\1/' > "$fixture/links"
  sed -n "s/.* from \"\.\(.*\)\";/\1/p" serve/page/*.js >> "$fixture/links"
  [ "$(wc -l < "$fixture/links")" -ge 5 ] || fail "the page has no parts"
  while read -r link; do
    case $link in /[a-z]*) ask 200 "${url%/}$link" ;; *) fail "from elsewhere: $link" ;; esac
    [ -s "$fixture/out" ] || fail "$link is empty"
    head_says nosniff
    case $link in *.js) head_says text/javascript ;; *.css) head_says text/css ;; esac
    ! grep -E '(https?:)?//[a-z]' "$fixture/out" | grep -v 'http://www.w3.org/2000/svg' || fail "$link names another place"
  done < "$fixture/links"
  ends_well
}

metrics_are_as_prometheus_reads_them() {
  serve
  post 200 "$photograph" "${url}v1/detect"
  post 200 "$photograph" "${url}v1/detect"
  ask 404 "${url}nothing"
  ask 200 "${url}metrics"
  head_says "text/plain; version=0.0.4"
  python3 - "$fixture/out" "$(wc -c < "$photograph")" << 'python' || fail "the metrics are not as they should be"
import re, sys
values, types, last = {}, {}, None
for line in open(sys.argv[1]):
    if line.startswith("# "):
        _, word, name, rest = line.rstrip("\n").split(" ", 3)
        assert word in ("HELP", "TYPE") and rest
        if word == "TYPE": types[name] = rest
        continue
    match = re.fullmatch(r'([a-z_]+)(\{[a-z]+="(?:[^"\\]|\\.)*"(?:,[a-z]+="(?:[^"\\]|\\.)*")*\})? (\S+)\n', line)
    assert match, line
    name, labels, value = match.groups()
    assert re.sub("_(bucket|sum|count)$", "", name) in types or name in types, name
    assert (name, labels) not in values, "twice"
    values[name, labels] = float(value)
assert values["simplenet_http_requests_total", '{code="200"}'] == 2
assert values["simplenet_http_requests_total", '{code="404"}'] == 1
assert values["simplenet_http_request_bytes_total", None] == 2 * int(sys.argv[2])
assert sum(value for (name, _), value in values.items() if name == "simplenet_detections_total") == 2
for name in ["simplenet_detect_seconds", "simplenet_normalised_score"]:
    counts = [value for (key, _), value in values.items() if key == name + "_bucket"]
    assert counts == sorted(counts) and counts[-1] == values[name + "_count", None] == 2, counts
assert values["simplenet_http_requests_in_flight", None] == 1 and values["simplenet_detect_waiting", None] == 0
python
  ends_well
}

# Every curl of docs/serving.md, with this server's address and this photograph.
the_documentation_is_right() {
  printf '%s\n' "$token" > "$fixture/token"
  serve --token-file "$fixture/token" --address 0.0.0.0
  url=http://127.0.0.1:${url##*:}
  curl() { command curl -sS -w '\n%{http_code}\n' -H "Authorization: Bearer $token" "$@"; }
  cp "$photograph" "$fixture/photo.png"
  sed -n 's/^    \(curl .*\)/\1/p' docs/serving.md | sed "s|http://127.0.0.1:8080/|$url|" > "$fixture/examples"
  [ "$(wc -l < "$fixture/examples")" -ge 7 ] || fail "there are no examples"
  while read -r example; do
    (cd "$fixture" && eval "$example") > "$fixture/out" 2> "$fixture/err" || fail "$example"
    [ "$(tail -n 1 "$fixture/out")" = 200 ] || fail "$example"
  done < "$fixture/examples"
  "$program" serve --help > "$fixture/out"
  sed -n 's/^| `--\([a-z-]*\)` | \([0-9]*\) |.*/\1 \2/p' docs/serving.md > "$fixture/defaults"
  [ "$(wc -l < "$fixture/defaults")" -eq 4 ] || fail "there are not four defaults"
  while read -r name value; do
    tr -s '\n ' ' ' < "$fixture/out" | grep -q -e "--$name [A-Z]* [^-]*($value)" || fail "--$name is not $value"
  done < "$fixture/defaults"
  ends_well
}

# ---- whom it refuses ----

wrong_requests_are_told_why() {
  serve --max-bytes 100000
  post="-H Content-Type:image/png --data-binary @$photograph"
  refused 404 "there is nothing at /v2/detect" "${url}v2/detect"
  refused 404 "there is nothing at" "${url}../../etc/passwd" --path-as-is
  refused 405 "GET" "${url}v1/detect"
  head_says "Allow: POST"
  refused 405 "DELETE" -X DELETE "${url}"
  head_says "Allow: GET, HEAD"
  refused 405 "OPTIONS" -X OPTIONS "${url}v1/detect"
  ! grep -i -q access-control "$fixture/head" || fail "other pages are let in"
  refused 415 "found application/x-www-form-urlencoded" --data-binary "@$photograph" "${url}v1/detect"
  refused 400 "the body is empty" -H 'Content-Type: image/png' -X POST -d '' "${url}v1/detect"
  refused 411 "Content-Length" -H 'Content-Type: image/png' -H 'Transfer-Encoding: chunked' --data-binary "@$photograph" "${url}v1/detect"
  # shellcheck disable=SC2086
  for query in map=float64 heatmap=jpeg 'map' 'other=1' 'map=float32&x=%22%0a%1b'; do
    refused 400 "expected map=float32 or heatmap=png" $post "${url}v1/detect?$query"
  done
  head -c 200 "$photograph" > "$fixture/cut.png"
  head -c 50000 /dev/zero > "$fixture/zeros"
  for file in "$fixture/cut.png" "$fixture/zeros" tests/test_serve.sh; do
    refused 422 "the file in memory" -H 'Content-Type: image/png' --data-binary "@$file" "${url}v1/detect"
  done
  head -c 100001 /dev/zero > "$fixture/large"
  refused 413 "100001 bytes" -H 'Content-Type: image/png' --data-binary "@$fixture/large" "${url}v1/detect"
  refused 413 "100001 bytes" -H 'Expect:' -H 'Content-Type: image/png' --data-binary "@$fixture/large" "${url}v1/detect"
  refused 404 '/\u001b[31m\"' "${url}%1b[31m%22" --globoff
  post 200 "$photograph" "${url}v1/detect"
  ends_well
}

forms_are_read() {
  serve
  printf 'words' > "$fixture/words"
  ask 200 -F note=words -F "image=@$photograph;filename=a\"b.png" "${url}v1/detect"
  ask 200 -F "image=@$photograph" -F note=words "${url}v1/detect"
  refused 400 "several files" -F "a=@$photograph" -F "b=@$photograph" "${url}v1/detect"
  refused 400 "no file" -F "a=words" "${url}v1/detect"
  refused 422 "the file in memory" -F "a=@$fixture/words" "${url}v1/detect"
  for type in multipart/form-data 'multipart/form-data; boundary=' 'multipart/form-data; boundary="a'; do
    refused 400 "expected a boundary" -H "Content-Type: $type" --data-binary "@$photograph" "${url}v1/detect"
  done
  refused 400 "does not begin with its boundary" -H "Content-Type: multipart/form-data; boundary=x" --data-binary "@$photograph" "${url}v1/detect"
  printf -- '--x\r\nContent-Disposition: form-data; filename="a"\r\n\r\nwords' > "$fixture/form"
  refused 400 "before its last boundary" -H "Content-Type: multipart/form-data; boundary=x" --data-binary "@$fixture/form" "${url}v1/detect"
  ends_well
}

other_pages_are_refused() {
  serve
  host=${url#http://} host=${host%/}
  for name in "evil.example" "evil.example:${host#*:}" "127.0.0.1.evil.example" "localhost.evil.example" "1127.0.0.1" "[::1].x"; do
    refused 403 "Host: expected" -H "Host: $name" "${url}"
    refused 403 "Host: expected" -H "Host: $name" -H 'Content-Type: image/png' --data-binary "@$photograph" "${url}v1/detect"
  done
  for origin in http://evil.example null "http://$host.evil.example" "http://localhost:1" file://; do
    refused 403 "Origin: expected" -H "Origin: $origin" -H 'Content-Type: image/png' --data-binary "@$photograph" "${url}v1/detect"
  done
  post 200 "$photograph" -H "Origin: http://$host" "${url}v1/detect"
  post 200 "$photograph" -H "Host: localhost:9000" -H "Origin: http://localhost:9000" "${url}v1/detect"
  ask 200 -H "Host: [::1]" "${url}healthz"
  ends_well
}

the_token_is_demanded() {
  expect 2 "$program" serve --model "$detector" --address 0.0.0.0 --port 0
  err_says "--address 0.0.0.0 is reached from other machines"
  expect 2 "$program" serve --model "$detector" --port 0 --token short
  err_says "it is shorter than 16 characters"
  expect 2 "$program" serve --model "$detector" --port 0 --token 'sixteen and more characters'
  err_says "other characters"
  echo "$token" > "$fixture/token"
  expect 2 "$program" serve --model "$detector" --port 0 --token "$token" --token-file "$fixture/token"
  expect 2 "$program" serve --model "$detector" --port 0 --token-file "$fixture/none"
  serve --address 0.0.0.0 --token-file "$fixture/token"
  case $url in http://0.0.0.0:*) url=http://127.0.0.1:${url##*:} ;; *) fail "$url" ;; esac
  for path in v1/detector metrics v1/nothing; do
    refused 401 "Authorization: expected Bearer" "$url$path"
    head_says "WWW-Authenticate: Bearer"
  done
  for wrong in "Bearer ${token}x" "Bearer ${token%?}" "Bearer" "Basic $token" "Bearer x$token" "$token"; do
    refused 401 "Authorization" -H "Authorization: $wrong" -H 'Content-Type: image/png' --data-binary "@$photograph" "${url}v1/detect"
  done
  ask 200 "$url"
  ask 200 "${url}healthz"
  ask 200 -H "Authorization: Bearer $token" "${url}metrics"
  post 200 "$photograph" -H "Authorization: bearer $token" -H "Host: camera.example" "${url}v1/detect"
  refused 403 "Origin" -H "Authorization: Bearer $token" -H "Origin: http://evil.example" "${url}v1/detector"
  ends_well
}

# ---- what it bears ----

strange_requests_are_borne() {
  serve --max-bytes 1000000 --timeout 3
  for case in truncated_requests_harm_nobody malformed_requests_are_refused refusals_keep_the_connection \
    waiting_clients_are_told_at_once refusals_do_not_wait_for_endless_bodies; do
    raw $case
  done
  ends_well
}

slow_requests_are_ended() {
  serve --timeout 1 --connections 20
  raw slow_requests_end
  raw late_bodies_are_told
  raw answers_that_nobody_takes_end
  ask 200 "${url}metrics"
  out_matches '^simplenet_http_requests_total{code="408"} [1-9]'
  ends_well
}

crowds_are_borne() {
  serve --waiting 1
  raw crowds_are_told_to_wait
  ask 200 "${url}metrics"
  out_matches '^simplenet_http_requests_total{code="503"} [1-9]'
  ends_well
}

resident() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$server/status"; }

# many N: good requests on a few connections, with and without the map, and damaged ones
many() {
  urls=$(for _ in $(seq "$1"); do echo "-o /dev/null ${url}v1/detect?map=float32 -o /dev/null ${url}v1/detect"; done)
  for file in "$photograph" "$fixture/cut.png"; do
    # shellcheck disable=SC2086 # many words
    curl -sS -w '%{http_code}\n' -H 'Content-Type: image/png' --data-binary "@$file" $urls || fail "curl"
  done | sort | uniq -c > "$fixture/codes"
  [ "$(awk '{ print $1, $2 }' "$fixture/codes" | tr '\n' ' ')" = "$((2 * $1)) 200 $((2 * $1)) 422 " ] || fail "other answers: $(cat "$fixture/codes")"
}

memory_stays_flat() {
  head -c 200 "$photograph" > "$fixture/cut.png"
  serve
  many 40
  before=$(resident)
  for _ in 1 2 3 4 5; do many 40; done
  after=$(resident)
  echo "$before kB after 160 requests, $after kB after 960"
  [ $((after - before)) -lt 1500 ] || fail "memory grew from $before to $after kB"
  ends_well
}

# A few of its requests for memory and threads are refused.
short_memory_is_borne() {
  expect 0 python3 tests/serve/short_memory.py "$program" "$detector" "$photograph" \
    "$(realpath "$BUILD/tests/memory/fail_allocations.so")" "${SAMPLES:-3}"
}

# ---- how it begins and ends ----

it_ends_gracefully() {
  serve
  raw requests_that_have_begun_are_answered
  wait "$server"
  status=$?
  [ $status -eq 0 ] || fail "status $status after SIGTERM"
  serve
  kill -INT "$server"
  wait "$server"
  status=$?
  [ $status -eq 0 ] || fail "status $status after SIGINT"
}

what_cannot_begin_says_why() {
  serve
  port=${url##*:} port=${port%/}
  expect 1 "$program" serve --model "$detector" --port "$port"
  err_says "127.0.0.1 port $port cannot be listened on: Address already in use"
  [ ! -s "$fixture/out" ] || fail "an address is printed"
  ends_well
  expect 1 "$program" serve --model "$fixture/none.safetensors" --port 0
  err_says "none.safetensors"
  for option in "--port 65536" "--port x" "--max-bytes 0" "--connections 0" "--waiting 0" "--timeout 0" "--address here"; do
    # shellcheck disable=SC2086
    expect 2 "$program" serve --model "$detector" $option
    err_says "${option% *}"
  done
  if [ -e /proc/net/if_inet6 ] && grep -q ' lo$' /proc/net/if_inet6; then
    serve --address ::1
    post 200 "$photograph" --globoff "${url}v1/detect"
    ends_well
  else
    echo "skip: IPv6: this machine has none"
  fi
}

# ---- the page, in a browser ----

the_page_shows_it() {
  serve "$@"
  bad=
  for image in "$gear"/test/*/*.png "$fixture"/data/*/test/good/000.png; do
    post 200 "$image" -H "Authorization: Bearer $token" "${url}v1/detect"
    case $(cat "$fixture/out") in
      *'"verdict":"good"'*) good=$image ;;
      *) bad=$image ;;
    esac
  done
  [ -n "$bad" ] && [ -n "$good" ] || fail "the detector calls all photographs the same"
  expect 0 python3 tests/serve/page.py "$url" "$good" "$bad" ${1:+--token "$token"}
  ends_well
}

the_page_asks_for_the_token() { the_page_shows_it --token "$token"; }

for test in scores_are_those_of_predict answers_are_whole the_page_loads_nothing_from_elsewhere \
  metrics_are_as_prometheus_reads_them the_documentation_is_right wrong_requests_are_told_why forms_are_read other_pages_are_refused \
  the_token_is_demanded strange_requests_are_borne slow_requests_are_ended crowds_are_borne it_ends_gracefully \
  what_cannot_begin_says_why; do
  run_test "$test"
done
if is_sanitized; then
  skip_test memory_stays_flat "sanitizers keep what was freed"
  skip_test short_memory_is_borne "sanitizers have an allocator of their own"
else
  run_test memory_stays_flat
  run_test short_memory_is_borne
fi
for test in the_page_shows_it the_page_asks_for_the_token; do
  if command -v chromium > /dev/null && command -v chromedriver > /dev/null; then
    run_test "$test"
  else
    skip_test "$test" "there is no chromium or no chromedriver"
  fi
done
[ "$failures" -eq 0 ]
