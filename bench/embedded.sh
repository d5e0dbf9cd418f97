#!/bin/sh
# How well the embedded backbone serves SimpleNet on photographs, beside the same network untrained and ResNet-18: image
# and pixel AUROC over three seeds of the head (and, untrained, of the network), as a Markdown table, and how many
# standard deviations pretraining is worth. It needs the photographs and ResNet-18's weights in SIMPLENET_SHARED
# (../shared).
#
#   sh bench/embedded.sh [RESULTS]      results of single runs are kept in RESULTS (build/embedded-LEVELS) and not made
#                                       again
#
# LEVELS=1,2,3 takes the demo's levels instead of 1 and 2.
set -eu
simplenet=${SIMPLENET:-build/simplenet}
shared=${SIMPLENET_SHARED:-../shared}
levels=${LEVELS:-1,2}
results=${1:-build/embedded-$levels}
seeds="0 1 2"
categories="bottle hazelnut wood_surface"

if [ ! -d "$shared/data" ]; then
  echo "skip: $shared/data is absent, so there are no photographs to measure on"
  exit 0
fi
mkdir -p "$results"

# About 450 steps for every category, with settings that learn in few steps, 16 images a step and a rate that falls to 0:
# with 4 images at a constant rate the AUROCs of wood_surface swing from epoch to epoch.
train() { # network category seed backbone-options...
  network=$1 category=$2 seed=$3 out="$results/$1-$3"
  shift 3
  [ -f "$out/$category/metrics.json" ] && return
  case $category in bottle) data=mvtec epochs=32 ;; hazelnut) data=other epochs=225 ;; *) data=other epochs=90 ;; esac
  "$simplenet" train --preset paper --data "$shared/data/$data" --category "$category" "$@" --seed "$seed" \
    --epochs $epochs --levels "$levels" --grid-level 2 --sigma 0.05 --hidden 512 \
    --adaptor-rate 5e-4 --discriminator-rate 1e-3 --batch 16 --cosine to-zero --out "$out" > "$out.log" 2>&1
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

table="$results/table.md"
echo "| network | category | image AUROC | pixel AUROC |" > "$table"
echo "| --- | --- | --- | --- |" >> "$table"
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
done >> "$table"
cat "$table"
awk '$4 == "mean" { mean[$2, 1] = $6; deviation[$2, 1] = $8; mean[$2, 2] = $10; deviation[$2, 2] = $12 }
  function above(m,    larger) {
    larger = deviation["embedded", m] > deviation["untrained", m] ? deviation["embedded", m] : deviation["untrained", m]
    return (mean["embedded", m] - mean["untrained", m]) / larger
  }
  END {
    printf "embedded above untrained, in standard deviations (the larger of the two): image %.1f, pixel %.1f\n", above(1),
           above(2)
  }' "$table"
