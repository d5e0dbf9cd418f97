# seeds TARGET: the folders a fuzzer starts from: its kept corpus, and the tests' own files of its kind.
seeds() {
  echo "tests/fuzz/corpus/$1"
  case $1 in
    image) echo tests/golden/images tests/golden/tiff_webp ;;
    pickle) echo tests/golden/weights tests/golden/released ;;
    safetensors) echo tests/golden/weights ;;
  esac
}
