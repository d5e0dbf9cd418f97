# What test scripts are written in. A script sources it from the project's folder, runs its functions with run_test, and
# ends with: [ "$failures" -eq 0 ]. SIMPLENET and BUILD come from the Makefile.
fixture=$(mktemp -d)
trap 'rm -rf "$fixture"' EXIT
failures=0

# fail WORDS...: ends the test
fail() {
  echo "$*"
  for stream in out err; do
    [ ! -s "$fixture/$stream" ] || { echo "std$stream:" && head -c 2000 "$fixture/$stream" | cat -v; }
  done
  exit 1
}

# expect STATUS COMMAND...: `verdict` stands for 0 or 3, of predict, whatever it thinks of the photographs
expect() {
  wanted=$1
  shift
  "$@" > "$fixture/out" 2> "$fixture/err" < /dev/null
  got=$?
  [ "$wanted" != verdict ] || [ "$got" -ne 3 ] || got=0
  [ "$wanted" != verdict ] || wanted=0
  [ "$got" -eq "$wanted" ] || fail "status $got, expected $wanted: $*"
}

out_says() { grep -q -F -e "$1" "$fixture/out" || fail "stdout does not say: $1"; }
err_says() { grep -q -F -e "$1" "$fixture/err" || fail "stderr does not say: $1"; }
out_matches() { grep -q -e "$1" "$fixture/out" || fail "stdout does not match: $1"; }
err_matches() { grep -q -e "$1" "$fixture/err" || fail "stderr does not match: $1"; }

# run_test NAME: the function of that name in a subshell
run_test() {
  if (: > "$fixture/out"; : > "$fixture/err"; "$1") > "$fixture/log" 2>&1; then
    echo "[       OK ] $1"
  else
    cat "$fixture/log"
    echo "[  FAILED  ] $1"
    failures=$((failures + 1))
  fi
}

# Whether the program is built with a sanitizer, which takes ten times as long.
is_sanitized() { grep -q -e __asan_init -e __tsan_init "$SIMPLENET"; }

skip_test() { # name, why
  echo "skip: $1: $2"
  echo "[  SKIPPED ] $1"
}
