# make          build/simplenet, the program, and build/libsimplenet.a
# make demo     five generated categories drawn, trained and tested in two minutes, and a page: demo/index.html
# make test     all tests, ending in one line: N passed, N failed, N skipped
# make test-memory  hours: every command with each of its requests for memory refused; COMMANDS="train eval", STRIDE=100
# make test-large  predict over FILES=10000 mixed files, twice, which takes about half an hour
# make weights  torchvision's ImageNet weights into weights/; NETWORKS="resnet18 …" for some of them only
# make bench    inference, training and evaluation timed; results/bench.json
# make test-cuda, make bench-cuda CUDA=1  on an NVIDIA card: the tests, and speed beside PyTorch (docs/cuda.md)
# make bench-peers  the same beside PyTorch, ONNX Runtime and OpenVINO, installed from PyPI; results/peers.json
# make fuzz     every fuzzer (clang) for SECONDS=60 each, from its kept corpus, and the whole program on damaged inputs
# make fuzz-coverage  how far the kept corpora reach
# make pretrain the embedded backbone's weights again, from their seed
# make mvtec-all DATA=folder WEIGHTS=file, make table2 … table5, figure2, figure4 … figure8: the paper (docs/reproduction.md)
# make clean    remove what was built
#
# CUDA=1        also build/libsimplenet_cuda.so, by nvcc; CUDA_ARCH="sm_90 …" or all for other graphics cards (docs/cuda.md)
# BUILD=folder  where to build                     SANITIZE=address,undefined   with sanitizers
# PEERS="…"     options of bench/peers/run.sh
# CC=clang      another compiler                   WERROR=1                     warnings are errors

# As many compilers at a time as there are processors, unless -j says otherwise.
ifeq ($(filter -j% --jobs%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif

BUILD ?= build
CC = gcc
CFLAGS ?= -O2 -g
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla
# One rounding for each operation, on every compiler: results must not depend on contraction.
FLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -pthread -ffp-contract=off -I. -MMD -MP $(WARNINGS) \
        $(DEPENDENCY_FLAGS)
LIBRARIES = $(DEPENDENCY_LIBRARIES) -lm -pthread
ifdef WERROR
FLAGS += -Werror
endif
ifdef SANITIZE
FLAGS += -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS += -fsanitize=$(SANITIZE)
endif
# Fuzzers search among the readers of files. Coverage of the arithmetic would only slow the tests down.
WITHOUT_COVERAGE = $(if $(findstring fuzzer-no-link,$(SANITIZE)),-fno-sanitize=fuzzer-no-link)

FOLDERS = base backends backends/reference backends/cpu tensor autograd autograd/ops nn plan plan/passes models models/backbones \
          models/simplenet models/experiment models/baseline models/pretraining datasets datasets/layouts datasets/generated metrics report
# The CPU backend's kernels are compiled once for each instruction set; backend.c chooses among them at run time.
CPU_PATHS = portable $(if $(findstring x86_64,$(shell $(CC) -dumpmachine 2>/dev/null)),avx2 avx512 avx512_bf16)
CPU_FLAGS_avx2 = -mavx2 -mfma
CPU_FLAGS_avx512 = -mavx2 -mfma -mavx512f -mavx512bw -mavx512dq -mavx512vl -mprefer-vector-width=512
CPU_FLAGS_avx512_bf16 = $(CPU_FLAGS_avx512) -mavx512bf16
CPU_ONCE = backends/cpu/backend.c backends/cpu/blas.c backends/cpu/pool.c
CPU_KERNELS = $(filter-out $(CPU_ONCE),$(wildcard backends/cpu/*.c))
LIBRARY_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(CPU_KERNELS),$(wildcard $(addsuffix /*.c,$(FOLDERS))))) \
                  $(foreach path,$(CPU_PATHS),$(patsubst %.c,$(BUILD)/%.$(path).o,$(CPU_KERNELS)))
CLI_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(wildcard cli/*.c))
TEST_PROGRAMS = $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/test_*.c))
SUPPORT_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c))
TEST_TOOLS = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/tools/*.c))
# Refuses memory to a program that it is preloaded to.
TEST_ALLOCATOR = $(BUILD)/tests/memory/fail_allocations.so
TEST_SCRIPTS = tests/floors.sh $(wildcard tests/test_*.sh)
FUZZ_TARGETS = $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
BENCH_SUPPORT = $(patsubst %.c,$(BUILD)/%.o,$(wildcard bench/support/*.c))
BENCH_PROGRAMS = $(patsubst %.c,$(BUILD)/%,$(wildcard bench/*.c bench/cuda/*.c))
SECONDS = 60

# The CUDA backend is a library of its own, which the program opens when it is asked for.
NVCC = $(or $(shell command -v nvcc 2>/dev/null),/usr/local/cuda/bin/nvcc)
CUDA_ARCH = sm_80 sm_90a sm_120
CUDA_OBJECTS = $(patsubst %.cu,$(BUILD)/%.o,$(wildcard backends/cuda/*.cu))
# Code for each card named, and the virtual instructions of the first and the last, which newer cards' drivers translate.
ifneq ($(filter all native,$(CUDA_ARCH)),)
CUDA_TARGETS = -arch=$(CUDA_ARCH)
else
CUDA_TARGETS = $(foreach arch,$(CUDA_ARCH),-gencode arch=$(arch:sm_%=compute_%),code=$(arch)) \
               $(foreach arch,$(sort $(firstword $(CUDA_ARCH)) $(lastword $(CUDA_ARCH))),-gencode \
               arch=$(arch:sm_%=compute_%),code=$(arch:sm_%=compute_%))
endif
CUDA_FLAGS = -std=c++17 -O3 -lineinfo -I. -MMD -MP $(CUDA_TARGETS) -Werror all-warnings \
             -Xcompiler -fPIC,-fvisibility=hidden,-Wall,-Wextra,-Wshadow
CUDA_LIBRARY_FOLDER = $(abspath $(dir $(realpath $(NVCC)))../lib64)

# The same sources for the processor, for make test: tests/cuda_host is the device. What unrolls loops for nvcc is not
# known to other compilers.
CXX = $(if $(findstring clang,$(CC)),clang++,g++)
CUDA_HOST_FLAGS = -std=c++17 -pthread -ffp-contract=off -fPIC -fvisibility=hidden -Itests/cuda_host -I. -MMD -MP -Wall \
                  -Wextra -Wshadow -Wconversion -Wno-unknown-pragmas -Wno-pass-failed $(if $(WERROR),-Werror) \
                  $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer) \
                  $(WITHOUT_COVERAGE)
ifdef SANITIZE
# This check of clang's needs C++'s run-time library, which tests written in C do not have.
CUDA_HOST_FLAGS += $(if $(findstring clang,$(CXX)),-fno-sanitize=function)
endif
CUDA_HOST_OBJECTS = $(patsubst %.cu,$(BUILD)/tests/cuda_host/%.o,$(wildcard backends/cuda/*.cu)) \
                    $(patsubst %.cpp,$(BUILD)/%.o,$(wildcard tests/cuda_host/*.cpp))
CUDA_HOST_LIBRARY = $(if $(shell command -v $(CXX) 2>/dev/null),$(BUILD)/tests/cuda_host/libsimplenet_cuda.so)

all: $(BUILD)/simplenet $(if $(CUDA),$(BUILD)/libsimplenet_cuda.so)

# Installs the packages that are missing, or says which, and records how to compile and link with them.
ifneq ($(filter-out clean weights,$(or $(MAKECMDGOALS),all)),)
include $(BUILD)/dependencies.mk
endif
$(BUILD)/dependencies.mk: install-dependencies.sh
	@mkdir -p $(@D)
	@sh install-dependencies.sh > $@.tmp && mv $@.tmp $@ || { rm -f $@.tmp; exit 1; }

$(BUILD)/backends/%.o: FLAGS += $(WITHOUT_COVERAGE)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "cc $<"; $(CC) $(FLAGS) $(CFLAGS) -c $< -o $@

# Loops over arrays are what these files are: vectorise them. Neither flag changes a result.
define CPU_RULE
$$(BUILD)/backends/cpu/%.$(1).o: backends/cpu/%.c
	@mkdir -p $$(@D)
	@echo "cc $$< ($(1))"; $$(CC) $$(FLAGS) $$(CFLAGS) -O3 -fno-math-errno -DSN_CPU_PATH=$(1) $$(CPU_FLAGS_$(1)) -c $$< -o $$@

endef
$(foreach path,$(CPU_PATHS),$(eval $(call CPU_RULE,$(path))))

$(BUILD)/models/backbones/embedded.o: models/backbones/embedded.safetensors

$(BUILD)/libsimplenet.a: $(LIBRARY_OBJECTS)
	rm -f $@
	@echo "$(AR) $@"; $(AR) rcs $@ $^

$(BUILD)/backends/cuda/%.o: backends/cuda/%.cu
	@mkdir -p $(@D)
	@echo "nvcc $<"; $(NVCC) $(CUDA_FLAGS) -c $< -o $@

# Normals have the processor's bits only when a product and a sum are rounded one after the other.
$(BUILD)/backends/cuda/random.o: CUDA_FLAGS += -fmad=false

$(BUILD)/libsimplenet_cuda.so: $(CUDA_OBJECTS)
	@echo "link $@"; $(NVCC) $(CUDA_TARGETS) -shared -cudart static -o $@ $^ -lcublas \
	  -Xlinker -rpath,$(CUDA_LIBRARY_FOLDER),-z,defs

$(BUILD)/tests/cuda_host/backends/cuda/%.o: backends/cuda/%.cu
	@mkdir -p $(@D)
	@echo "c++ $<"; $(CXX) $(CUDA_HOST_FLAGS) $(CFLAGS) -x c++ -c $< -o $@

$(BUILD)/tests/cuda_host/%.o: tests/cuda_host/%.cpp
	@mkdir -p $(@D)
	@echo "c++ $<"; $(CXX) $(CUDA_HOST_FLAGS) $(CFLAGS) -c $< -o $@

$(BUILD)/tests/cuda_host/libsimplenet_cuda.so: $(CUDA_HOST_OBJECTS)
	@echo "link $@"; $(CXX) $(LDFLAGS) -shared -o $@ $^ -pthread

$(filter $(BUILD)/tests/test_cuda_host% $(BUILD)/tests/test_recordings,$(TEST_PROGRAMS)): | $(CUDA_HOST_LIBRARY)

$(BUILD)/simplenet: $(CLI_OBJECTS) $(BUILD)/libsimplenet.a
	@echo "link $@"; $(CC) $(LDFLAGS) -o $@ $^ $(LIBRARIES)

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(SUPPORT_OBJECTS) $(BUILD)/libsimplenet.a
	@mkdir -p $(@D)
	@echo "link $@"; $(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBRARIES)

$(BUILD)/tests/tools/%: $(BUILD)/tests/tools/%.o $(BUILD)/libsimplenet.a
	@echo "link $@"; $(CC) $(LDFLAGS) -o $@ $^ $(LIBRARIES)

$(TEST_ALLOCATOR): tests/memory/fail_allocations.c
	@mkdir -p $(@D)
	@echo "cc $<"; $(CC) -std=gnu11 $(WARNINGS) $(if $(WERROR),-Werror) -O2 -fPIC -shared -o $@ $<

# The fuzzers' targets with a plain main, which runs the kept corpus once.
FUZZ_LIMITS = $(BUILD)/tests/fuzz/limits.o $(BUILD)/tests/fuzz/heap.o
# Named, so that make does not take the rule of the other tests in a build where these objects are still absent.
$(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/fuzz_%): $(BUILD)/tests/fuzz/main.o $(FUZZ_LIMITS)
$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/main.o $(FUZZ_LIMITS) $(BUILD)/libsimplenet.a
	@echo "link $@"; $(CC) $(LDFLAGS) -o $@ $^ $(LIBRARIES)

$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/fuzz_%.o $(FUZZ_LIMITS) $(BUILD)/libsimplenet.a
	@mkdir -p $(@D)
	@echo "link $@"; $(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBRARIES)

# What runs the whole program on damaged inputs.
PROGRAM_FUZZER = $(BUILD)/tests/fuzz/program/main
$(PROGRAM_FUZZER): $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/fuzz/program/*.c)) $(BUILD)/libsimplenet.a
	@echo "link $@"; $(CC) $(LDFLAGS) -o $@ $^ $(LIBRARIES)

$(BUILD)/bench/%: $(BUILD)/bench/%.o $(BENCH_SUPPORT) $(BUILD)/libsimplenet.a
	@mkdir -p $(@D)
	@echo "link $@"; $(CC) $(LDFLAGS) -o $@ $^ $(LIBRARIES)

demo: $(BUILD)/simplenet
	@$(BUILD)/simplenet demo --out demo

test-programs: $(BUILD)/simplenet $(TEST_PROGRAMS) $(TEST_TOOLS) $(TEST_ALLOCATOR) $(PROGRAM_FUZZER) \
               $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/fuzz_%)

test: test-programs
	@BUILD=$(BUILD) SIMPLENET=$(BUILD)/simplenet sh tests/run.sh $(TEST_PROGRAMS) $(TEST_SCRIPTS)

test-memory: $(BUILD)/simplenet $(TEST_ALLOCATOR) $(BUILD)/tests/tools/detect
	@BUILD=$(BUILD) SIMPLENET=$(BUILD)/simplenet sh tests/test_memory.sh all $(COMMANDS)

# predict over FILES mixed files, twice; test takes 80.
FILES = 10000
test-large: $(BUILD)/simplenet
	@FILES=$(FILES) BUILD=$(BUILD) SIMPLENET=$(BUILD)/simplenet sh tests/test_mixed_folder.sh

weights:
	@sh get-weights.sh $(NETWORKS)

bench-programs: $(BENCH_PROGRAMS)

bench: $(BUILD)/simplenet bench-programs $(BUILD)/tests/tools/random_weights
	@mkdir -p results
	@$(BUILD)/bench/simplenet results/bench.json
	@sh bench/predict_memory.sh $(BUILD)

bench-peers: $(BUILD)/simplenet bench-programs
	@BUILD=$(BUILD) sh bench/peers/run.sh $(PEERS)

# What needs a card, and nvcc.
$(BUILD)/bench/cuda/%: bench/cuda/%.cu
	@mkdir -p $(@D)
	@echo "nvcc $<"; $(NVCC) $(CUDA_FLAGS) $< -o $@ -lcublas -Xlinker -rpath,$(CUDA_LIBRARY_FOLDER)

CUDA_TEST_PROGRAMS = $(filter $(BUILD)/tests/test_cuda_host% $(BUILD)/tests/test_recordings,$(TEST_PROGRAMS))
test-cuda: $(BUILD)/simplenet $(BUILD)/libsimplenet_cuda.so $(CUDA_TEST_PROGRAMS)
	@sh tests/cuda.sh $(BUILD) $(CUDA_TEST_PROGRAMS)

bench-cuda: $(BUILD)/simplenet $(BUILD)/libsimplenet_cuda.so $(BUILD)/bench/peer_server $(BUILD)/bench/cuda/ceilings \
            $(BUILD)/bench/cuda/convolutions
	@SIMPLENET_CUDA=$(abspath $(BUILD)/libsimplenet_cuda.so) python3 bench/cuda/compare.py --build $(BUILD) \
	  $(if $(WEIGHTS),--weights "$(WEIGHTS)")

fuzz:
	@$(MAKE) --no-print-directory BUILD=build-fuzz CC=clang SANITIZE=fuzzer-no-link,address,undefined fuzz-programs
	@sh tests/fuzz/run.sh build-fuzz/fuzz $(SECONDS) $(FUZZ_TARGETS) program

# The share of each parser's lines that the seeds reach.
fuzz-coverage:
	@$(MAKE) --no-print-directory BUILD=build-coverage CC=clang LDFLAGS=-fprofile-instr-generate \
	  CFLAGS="-O1 -g -fprofile-instr-generate -fcoverage-mapping" fuzz-mains
	@sh tests/fuzz/coverage.sh build-coverage/tests/fuzz $(FUZZ_TARGETS)

fuzz-programs: $(FUZZ_TARGETS:%=$(BUILD)/fuzz/%) $(BUILD)/simplenet $(PROGRAM_FUZZER)

fuzz-mains: $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/fuzz_%)

# The embedded backbone's weights again, from their seed (docs/pretraining.md).
pretrain: $(BUILD)/simplenet
	$(BUILD)/simplenet pretrain --out models/backbones/embedded.safetensors --log docs/pretraining.csv \
	  --plot docs/pretraining.svg

# The paper's tables and figures (docs/reproduction.md). WEIGHTS is a file, or a folder of them.
PAPER = table2 table3 table4 table5 figure2 figure4 figure5 figure6 figure7 figure8
BACKBONE = wide_resnet50_2
PRESET = paper
SEEDS = 0
STUDY = --backbone $(BACKBONE) --preset $(PRESET) --seeds $(SEEDS) $(if $(DATA),--data "$(DATA)") \
        $(if $(WEIGHTS),--weights "$(WEIGHTS)") $(if $(EPOCHS),--epochs $(EPOCHS)) $(if $(DEVICE),--device $(DEVICE)) \
        $(if $(CATEGORIES),--categories $(CATEGORIES)) $(if $(JOBS),--jobs $(JOBS))
STUDY_FOLDER = results/$@-$(BACKBONE)-$(PRESET)$(if $(EPOCHS),-$(EPOCHS)-epochs)

mvtec-all: $(BUILD)/simplenet
	$(BUILD)/simplenet benchmark $(STUDY) --out $(or $(OUT),$(STUDY_FOLDER))

$(PAPER): $(BUILD)/simplenet
	$(BUILD)/simplenet paper $@ $(STUDY) --out $(or $(OUT),$(STUDY_FOLDER))

clean:
	rm -rf $(BUILD)

.PHONY: all demo test test-memory test-large test-programs test-cuda weights bench bench-programs bench-cuda bench-peers fuzz fuzz-coverage fuzz-programs fuzz-mains \
        clean mvtec-all $(PAPER)
# Objects that only pattern rules name are kept; .SECONDARY would keep them too, but not make a missing library again.
.PRECIOUS: $(BUILD)/%.o
-include $(CUDA_OBJECTS:.o=.d) $(CUDA_HOST_OBJECTS:.o=.d) $(LIBRARY_OBJECTS:.o=.d) $(CLI_OBJECTS:.o=.d) $(TEST_PROGRAMS:=.d) $(SUPPORT_OBJECTS:.o=.d) $(TEST_TOOLS:=.d) \
         $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/fuzz_%.d) $(patsubst %.c,$(BUILD)/%.d,tests/fuzz/main.c tests/fuzz/limits.c tests/fuzz/heap.c $(wildcard tests/fuzz/program/*.c)) \
         $(BENCH_PROGRAMS:=.d) $(BENCH_SUPPORT:.o=.d)
