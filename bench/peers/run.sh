#!/bin/sh
# run.sh [OPTIONS of compare.py]: our program beside PyTorch, ONNX Runtime and OpenVINO, on this machine, now.
#
# Makes a virtual environment in results/peers-environment with the peers from PyPI (several GB: PyTorch's package for
# x86-64 Linux brings its GPU libraries along), or takes the one that PEERS_ENVIRONMENT names, and runs compare.py in it.
set -e
cd "$(dirname "$0")/../.."
build=${BUILD:-build}
environment=${PEERS_ENVIRONMENT:-results/peers-environment}
if [ ! -e "$environment/complete" ]; then
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet torch onnx onnxscript onnxruntime openvino nncf pillow scipy scikit-learn
  touch "$environment/complete"
fi
# Settings for old versions of OpenBLAS would slow NumPy's down.
exec env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE "$environment/bin/python" bench/peers/compare.py --build "$build" "$@"
