"""A process that answers a line to each command: our server, or a peer."""
import os
import subprocess
import time


class Process:
    def __init__(self, name, command, threads):
        environment = dict(os.environ, OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads))
        self.name, self.threads, self.processor, self.wall = name, threads, 0.0, 0.0
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=environment
        )

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if not answer or answer[0] != "ok":
            raise RuntimeError(f"{self.name}: {' '.join(answer[1:]) or 'ended'}")
        return answer[1:]

    def run(self, runs):
        """(seconds, processor's seconds) of each run, after a fifth of a second that does not count: others' threads may
        still spin. ONNX Runtime's do for 50 ms."""
        begin = time.monotonic()
        while time.monotonic() - begin < 0.2:
            self.ask("run", 1)
        numbers = list(map(float, self.ask("run", runs)))
        pairs = list(zip(numbers[0::2], numbers[1::2]))
        self.wall += sum(seconds for seconds, _ in pairs)
        self.processor += sum(processor for _, processor in pairs)
        return pairs

    def parallel(self):
        """How many processors it kept busy; more than its threads would be cheating."""
        return self.processor / self.wall

    def close(self):
        self.process.stdin.close()
        self.process.wait()
