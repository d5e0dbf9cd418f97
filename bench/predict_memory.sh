# predict_memory.sh BUILD: the peak memory of `simplenet predict` for one photograph of 900 x 900 on wide_resnet50_2,
# with random weights.
set -e
build=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
echo "predict on wide_resnet50_2, one photograph:"
"$build/tests/tools/random_weights" wide_resnet50_2 3 "$folder/weights.safetensors"
printf 'network wide_resnet50_2 %s\nmodel %s\n' "$folder/weights.safetensors" "$folder" |
  "$build/bench/peer_server" | grep '^error' && exit 1
"$build/bench/peak_memory" "$build/simplenet" predict --model "$folder/model.safetensors" \
  --weights "$folder/weights.safetensors" "$folder/photograph.png"
