# awk -v root=FOLDER -f apply.awk docs/how-to/add-….md: applies a recipe to the sources in a folder. The paragraph before a block ends with the file that it is, "`path`:", or with a place in one: "`path`, after
# `text`:" is below the line that holds the text, "`path`, before `text`:" is within it. A line with "`path`:
# [words](../FILE)" is a file that is kept as a whole. New files must be new, and exactly one line may hold
# the text. Prints the files and how many lines each got.

function give_up(words) {
  print FILENAME ": " words > "/dev/stderr"
  failed = 1
  exit 1
}

function report(path, lines, what) {
  printf "%-40s %3d lines%s\n", path, lines, what
  applied++
}

function write_new(path, text,    folder, line) {
  if ((getline line < (root "/" path)) >= 0) give_up(path " is not new")
  folder = root "/" path
  sub(/[^\/]*$/, "", folder)
  system("mkdir -p '" folder "'")
  printf "%s", text > (root "/" path)
  close(root "/" path)
  report(path, gsub(/\n/, "\n", text), ", new")
}

function insert(path, where, place, text,    file, line, at, found, result) {
  file = root "/" path
  if (where == "before") sub(/\n$/, " ", text)
  while ((getline line < file) > 0) {
    at = index(line, place)
    found += at > 0
    if (at && where == "before") line = substr(line, 1, at - 1) text substr(line, at)
    result = result line "\n" (at && where == "after" ? text : "")
  }
  close(file)
  if (found != 1) give_up(path " holds '" place "' in " found + 0 " lines, expected one")
  printf "%s", result > file
  close(file)
  report(path, where == "after" ? gsub(/\n/, "\n", text) : 1, where == "after" ? "" : ", changed")
}

function apply_block(    parts) {
  if (!match(paragraph, /`[^`]+`(, (after|before) `[^`]+`)?:$/)) give_up("no file is named before the block:\n" block)
  if (split(substr(paragraph, RSTART, RLENGTH), parts, "`") == 3) write_new(parts[2], block)
  else insert(parts[2], parts[3] ~ /after/ ? "after" : "before", parts[4], block)
}

function copy_kept(    parts, kept, line, text) {
  split(substr($0, RSTART, RLENGTH), parts, "`")
  kept = parts[3]
  sub(/.*\((\.\.\/)+/, "", kept)
  sub(/\)$/, "", kept)
  while ((getline line < kept) > 0) text = text line "\n"
  if (text == "") give_up("there is no " kept)
  write_new(parts[2], text)
}

/^ *```/ {
  if (inside) apply_block()
  inside = !inside
  indent = match($0, /`/) - 1
  block = ""
  if (!inside) paragraph = ""
  next
}
inside { block = block substr($0, indent + 1) "\n"; next }
/^ *$/ { ended = 1; next }
match($0, /`[^`]+`: \[[^\]]*\]\(\.\.\/[^)]*\)/) { copy_kept() }
{
  sub(/^ */, "")
  paragraph = ended || paragraph == "" ? $0 : paragraph " " $0
  ended = 0
}

END {
  if (!failed && (!applied || inside)) give_up("there is no whole block")
  exit failed
}
