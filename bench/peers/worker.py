"""One peer in a process of its own: worker.py PEER THREADS. Commands and answers as in bench/peer_server.c:

version                             what it is
prepare NETWORK FILE BATCH ONNX     the exported network and images; ONNX is written by torch and read by others
scores FILE                         the raw map as "scores"
run N                               the seconds and the processor's seconds of each of N forwards
"""
import os
import sys
import time

import tensors


class Torch:
    """Eager, or torch.compile with weights as constants."""

    def __init__(self, threads, mode, bf16=False):
        import torch

        self.torch, self.mode, self.bf16 = torch, mode, bf16
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)

    def version(self):
        return f"torch {self.torch.__version__.split('+')[0]} {self.mode}"

    def threads(self):
        return self.torch.get_num_threads()

    def prepare(self, name, arrays, batch, onnx):
        import network

        torch = self.torch
        model = network.load(name, arrays)
        self.images = torch.from_numpy(arrays["images"][:batch])
        if self.mode == "eager" and not self.bf16:
            torch.onnx.export(model, (self.images,), onnx, dynamo=True, verbose=False)
        if self.bf16:
            model, self.images = model.bfloat16(), self.images.bfloat16()
        if self.mode == "compile":
            import torch._inductor.config

            torch._inductor.config.freezing = True
            model = torch.compile(model)
        self.model = model
        self.run()

    def run(self):
        with self.torch.no_grad():
            self.scores = self.model(self.images)

    def result(self):
        return self.scores.float().numpy()


class OnnxRuntime:
    def __init__(self, threads):
        import onnxruntime

        self.library = onnxruntime
        self.options = onnxruntime.SessionOptions()
        self.options.intra_op_num_threads = threads
        self.options.inter_op_num_threads = 1
        self.options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL

    def version(self):
        return f"onnxruntime {self.library.__version__}"

    def threads(self):
        return self.session.get_session_options().intra_op_num_threads

    def prepare(self, name, arrays, batch, onnx):
        self.session = self.library.InferenceSession(onnx, self.options, providers=["CPUExecutionProvider"])
        self.inputs = {self.session.get_inputs()[0].name: arrays["images"][:batch]}
        self.run()

    def run(self):
        (self.scores,) = self.session.run(None, self.inputs)

    def result(self):
        return self.scores


class OpenVino:
    def __init__(self, threads, precision):
        import openvino

        self.library, self.precision = openvino, precision
        self.options = {
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
        }
        if precision != "int8":  # what stays in floating point there is computed as OpenVINO likes best
            self.options["INFERENCE_PRECISION_HINT"] = precision

    def version(self):
        return f"openvino {self.library.__version__.split('-')[0]}"

    def threads(self):
        return self.model.get_property("INFERENCE_NUM_THREADS")

    def prepare(self, name, arrays, batch, onnx):
        core = self.library.Core()
        model = core.read_model(onnx)
        if self.precision == "int8":
            import nncf

            images = arrays["images"]
            samples = [images[i:i + batch] for i in range(0, len(images) - batch + 1, batch)]
            model = nncf.quantize(model, nncf.Dataset(samples), subset_size=len(samples))
        self.model = core.compile_model(model, "CPU", self.options)
        self.request = self.model.create_infer_request()
        self.images = arrays["images"][:batch].copy()
        self.run()

    def run(self):
        self.request.infer({0: self.images}, share_inputs=True, share_outputs=True)

    def result(self):
        return self.request.get_output_tensor(0).data


PEERS = {
    "torch": lambda threads: Torch(threads, "eager"),
    "torch.compile": lambda threads: Torch(threads, "compile"),
    "onnxruntime": OnnxRuntime,
    "openvino": lambda threads: OpenVino(threads, "f32"),
    "torch bf16": lambda threads: Torch(threads, "eager", bf16=True),
    "openvino bf16": lambda threads: OpenVino(threads, "bf16"),
    "openvino int8": lambda threads: OpenVino(threads, "int8"),
}


def timed(peer, runs):
    answer = []
    for _ in range(runs):
        start, processor = time.perf_counter(), time.process_time()
        peer.run()
        answer += [time.perf_counter() - start, time.process_time() - processor]
    return answer


def main():
    name, threads = sys.argv[1], int(sys.argv[2])
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # libraries print, too
    peer = PEERS[name](threads)
    for line in sys.stdin:
        command, *words = line.split()
        answer = []
        try:
            if command == "version":
                answer = [peer.version()]
            elif command == "prepare":
                network, path, batch, onnx = words
                peer.prepare(network, tensors.read(path), int(batch), onnx)
                if peer.threads() != threads:
                    raise ValueError(f"it uses {peer.threads()} threads where {threads} were asked for")
            elif command == "scores":
                tensors.write_float(words[0], "scores", peer.result())
            elif command == "run":
                answer = timed(peer, int(words[0]))
            else:
                raise ValueError(f"there is no command {command}")
            print("ok", *answer, file=answers)
        except Exception as error:
            print("error", " ".join(str(error).split()), file=answers)


if __name__ == "__main__":
    main()
