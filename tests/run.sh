#!/bin/sh
# Runs test programs (cmocka) and scripts, as many at a time as there are processors, reports them in the order given,
# and ends with one line: N passed, N failed, N skipped.
set -u
passed=0 failed=0 skipped=0
reports=$(mktemp -d)
export reports
trap 'rm -rf "$reports"' EXIT

printf '%s\n' "$@" | xargs -P "$(nproc)" -I '{}' sh -c '
  report=$reports/$(basename "{}") start=$(date +%s)
  case "{}" in *.sh) sh "{}" ;; *) "{}" ;; esac > "$report" 2>&1
  echo $? $(($(date +%s) - start)) > "$report.tmp" && mv "$report.tmp" "$report.status"' &
runner=$!

for test in "$@"; do
  name=$(basename "$test")
  report=$reports/$name
  while [ ! -f "$report.status" ] && kill -0 $runner 2> /dev/null; do sleep 0.1; done
  status="none: it did not run" seconds=0
  [ ! -f "$report.status" ] || read -r status seconds < "$report.status"
  touch "$report"
  good=$(grep -c '^\[       OK \]' "$report")
  bad=$(grep '^\[  FAILED  \] [a-z]' "$report" | sort -u | wc -l) # cmocka lists each twice
  left=$(grep '^\[  SKIPPED \] [a-z]' "$report" | sort -u | wc -l)
  if [ "$status" != 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi # ended before it could report
  passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + left))
  printf '%-24s %4d passed, %d failed, %d skipped, %d s\n' "$name" "$good" "$bad" "$left" "$seconds"
  grep '^skip:' "$report"
  if [ "$bad" -gt 0 ]; then
    grep -v '^\[ RUN\|^\[       OK' "$report" | head -100
    echo "$name ended with status $status"
  fi
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
