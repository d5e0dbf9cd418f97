# predict_memory.sh BUILD [NETWORK]: the peak memory of `simplenet predict` for one photograph of 900 x 900 on
# wide_resnet50_2 or another network, with random weights.
set -e
build=$1
network=${2:-wide_resnet50_2}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
echo "predict on $network, one photograph:"
"$build/tests/tools/random_weights" "$network" 3 "$folder/weights.safetensors"
printf 'network %s %s\nmodel %s\n' "$network" "$folder/weights.safetensors" "$folder" |
  "$build/bench/peer_server" | grep '^error' && exit 1
"$build/bench/peak_memory" "$build/simplenet" predict --model "$folder/model.safetensors" \
  --weights "$folder/weights.safetensors" "$folder/photograph.png"
