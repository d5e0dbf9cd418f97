#!/bin/sh
# Runs test programs (cmocka) and scripts, and ends with one line: N passed, N failed, N skipped.
set -u
passed=0 failed=0 skipped=0
output=$(mktemp)
trap 'rm -f "$output"' EXIT

for test in "$@"; do
  name=$(basename "$test")
  case $test in *.sh) sh "$test" ;; *) "$test" ;; esac > "$output" 2>&1
  status=$?
  good=$(grep -c '^\[       OK \]' "$output")
  bad=$(grep '^\[  FAILED  \] [a-z]' "$output" | sort -u | wc -l) # cmocka lists each twice
  left=$(grep '^\[  SKIPPED \] [a-z]' "$output" | sort -u | wc -l)
  if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi # ended before it could report
  passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + left))
  printf '%-24s %4d passed, %d failed, %d skipped\n' "$name" "$good" "$bad" "$left"
  grep '^skip:' "$output"
  if [ "$bad" -gt 0 ]; then
    grep -v '^\[ RUN\|^\[       OK' "$output" | head -100
    echo "$name ended with status $status"
  fi
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
