#!/bin/sh
# How well the embedded backbone serves SimpleNet on photographs, beside the same network untrained and ResNet-18: image
# and pixel AUROC over three seeds of the head (and, untrained, of the network), as a Markdown table. It needs the
# photographs and ResNet-18's weights in SIMPLENET_SHARED (../shared).
#
#   sh bench/embedded.sh [RESULTS]      results of single runs are kept in RESULTS (build/embedded) and not made again
#
# LEVELS=1,2 takes other levels than the demo's.
set -eu
simplenet=${SIMPLENET:-build/simplenet}
shared=${SIMPLENET_SHARED:-../shared}
results=${1:-build/embedded}
levels=${LEVELS:-1,2,3}
seeds="0 1 2"
categories="bottle hazelnut wood_surface"

if [ ! -d "$shared/data" ]; then
  echo "skip: $shared/data is absent, so there are no photographs to measure on"
  exit 0
fi
mkdir -p "$results"

# About 430 steps for every category, with the settings of `simplenet demo`, which learn in few steps.
train() { # network category seed backbone-options...
  network=$1 category=$2 seed=$3 out="$results/$1-$3"
  shift 3
  [ -f "$out/$category/metrics.json" ] && return
  case $category in bottle) data=mvtec epochs=8 ;; hazelnut) data=other epochs=60 ;; *) data=other epochs=24 ;; esac
  "$simplenet" train --data "$shared/data/$data" --category "$category" "$@" --seed "$seed" --epochs $epochs \
    --levels "$levels" --grid-level 2 --sigma 0.05 --hidden 512 --adaptor-rate 5e-4 --discriminator-rate 1e-3 \
    --out "$out" > "$out.log" 2>&1
  echo "$network, $category, seed $seed: done" >&2
}

number() { sed -n "s/.*\"$1\":[[:space:]]*\([0-9.]*\).*/\1/p" "$2"; }

for seed in $seeds; do
  untrained="$results/untrained-$seed.safetensors"
  [ -f "$untrained" ] || "$simplenet" pretrain --steps 0 --seed "$seed" --out "$untrained" > /dev/null
  for category in $categories; do
    train embedded "$category" "$seed" --backbone embedded
    train untrained "$category" "$seed" --backbone embedded --weights "$untrained"
    train resnet18 "$category" "$seed" --backbone resnet18 \
      --weights "$shared/weights/resnet18-imagenet-to-layer3.safetensors"
  done
done

echo "| network | category | image AUROC | pixel AUROC |"
echo "| --- | --- | --- | --- |"
for network in untrained embedded resnet18; do
  for category in $categories mean; do
    for seed in $seeds; do
      files="$results/$network-$seed/$category/metrics.json"
      [ "$category" = mean ] && files=$(for c in $categories; do echo "$results/$network-$seed/$c/metrics.json"; done)
      for metric in image_auroc pixel_auroc; do
        for file in $files; do echo "$metric $(number $metric "$file")"; done
      done | awk '{ sum[$1] += $2; n[$1]++ } END { for (m in sum) print m, sum[m] / n[m] }'
    done | awk -v network=$network -v category=$category '
      { sum[$1] += $2; square[$1] += $2 * $2; n[$1]++ }
      function text(m) {
        mean = sum[m] / n[m]; variance = n[m] > 1 ? (square[m] - n[m] * mean * mean) / (n[m] - 1) : 0
        return sprintf("%.4f ± %.4f", mean, sqrt(variance > 0 ? variance : 0))
      }
      END { printf "| %s | %s | %s | %s |\n", network, category, text("image_auroc"), text("pixel_auroc") }'
  done
done
