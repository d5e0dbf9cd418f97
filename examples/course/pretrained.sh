#!/bin/sh
# Are trained features better than those of the same network with random weights? PatchCore learns nothing but which
# features good photographs have, so its AUROC judges the features. Prints image and pixel AUROC for each generated category.
#
#     [TRAIN=24] sh examples/course/pretrained.sh build/course/pretrained
set -eu
simplenet=build/simplenet folder=$1
mkdir -p "$folder"
"$simplenet" generate "$folder/data" --size 160 --train "${TRAIN:-24}" --test-good 10 --per-defect 4 > /dev/null
[ -f "$folder/random.safetensors" ] ||
  "$simplenet" pretrain --steps 0 --seed 1 --out "$folder/random.safetensors" > /dev/null

# auroc CATEGORY RUN [OPTIONS]: "image / pixel" of one run
auroc() {
  category=$1 run=$2
  shift 2
  "$simplenet" train --method patchcore --data "$folder/data" --category "$category" --backbone embedded --levels 1,2 \
    --resize 160 --crop 160 --coreset 0.02 --out "$folder/$run" --force "$@" > /dev/null
  sed -n 's/.*"image_auroc":[[:space:]]*\([0-9.]*\).*/\1/p; s/.*"pixel_auroc":[[:space:]]*\([0-9.]*\).*/\1/p' \
    "$folder/$run/$category/metrics.json" | awk '{ printf "%s%.2f", (NR > 1 ? " / " : ""), $1 } END { print "" }'
}

echo "image / pixel AUROC   trained       random weights"
for category in circuit fabric gear tiles wood; do
  trained=$(auroc $category trained)
  random=$(auroc $category random --weights "$folder/random.safetensors")
  printf '%-20s  %s   %s\n' "$category" "$trained" "$random"
done
