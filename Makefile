# make          build/simplenet, the program, and build/libsimplenet.a; says which libraries are missing
# make help     this list
# make deps     installs the libraries that are missing, with apt-get, or says what to install
# make demo     five generated categories drawn, trained and tested in about four minutes, and a page: demo/index.html
# make test     all tests, ending in one line: N passed, N failed, N skipped
# make test-one T=test_ops  one test program; T=tests/test_cli.sh  one script, with the tools that it needs
# make test-memory  hours: every command with each of its requests for memory refused; COMMANDS="train eval", STRIDE=100
# make test-large  predict over FILES=10000 mixed files, twice, which takes about half an hour
# make check    the tests that take no more than a second each
# make install PREFIX=/usr/local DESTDIR=  program, libraries, header, pkg-config file, man pages; LIBDIR=; make uninstall
# make install-strip  the same without what debuggers read
# make dist     build/simplenet-VERSION.tar.gz of what is committed; make deb: Debian packages of it, in build/deb
# make weights  the ResNets' ImageNet weights into weights/; NETWORKS="vgg16 dinov2_vits14 …" for others, all for every one
# make bench    inference, training and evaluation timed; results/bench.json
# make test-cuda, make bench-cuda CUDA=1  on an NVIDIA card: the tests, and speed beside PyTorch (docs/cuda.md)
# make bench-peers  the same beside PyTorch, ONNX Runtime and OpenVINO, installed from PyPI; results/peers.json
# make api-docs  the reference of the headers, by Doxygen: build/api/html/index.html
# make fuzz     every fuzzer (clang) for SECONDS=60 each, from its kept corpus, and the whole program on damaged inputs
# make fuzz-coverage  how far the kept corpora reach
# make pretrain the embedded backbone's weights again, from their seed
# make mvtec-all DATA=folder WEIGHTS=file, make table2 … table5, figure2, figure4 … figure8: the paper (docs/reproduction.md)
# make course   the programs of the course (docs/course), and its pictures drawn again
# make test-docs  every command and number that the course shows, links, spelling; the pages as HTML in build/html
# make clean    remove what was built
#
# make demo and make test install what is missing, and build on all processors; all others need `make deps` once.
# -j4           four compilers at a time
# CUDA=1        also build/libsimplenet_cuda.so, by nvcc; CUDA_ARCH="sm_90 …" or all for other graphics cards (docs/cuda.md)
# BUILD=folder  where to build                     SANITIZE=address,undefined   with sanitizers
# PEERS="…"     options of bench/peers/run.sh
# CC=clang      another compiler                   WERROR=1                     warnings are errors

BUILD ?= build
CC = gcc
CFLAGS ?= -O2 -g
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla
# One rounding for each operation, on every compiler: results must not depend on contraction. Names are hidden unless
# simplenet.h makes them public.
FLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -pthread -ffp-contract=off -fPIC -fvisibility=hidden \
        -I. -MMD -MP $(WARNINGS) $(DEPENDENCY_FLAGS)
LIBRARIES = $(DEPENDENCY_LIBRARIES) -lm -pthread
ifdef WERROR
FLAGS += -Werror
endif
ifdef SANITIZE
FLAGS += -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS += -fsanitize=$(SANITIZE)
endif

# The library is every C file of these folders, the program every one of cli/ and serve/.
LIBRARY_FOLDERS = base backends tensor autograd nn plan onnx anomaly models tuning datasets metrics report api studies
SOURCES := $(sort $(shell find $(LIBRARY_FOLDERS) -name '*.c'))
# The CPU backend's kernels are compiled once for each instruction set; backend.c chooses among them at run time.
CPU_PATHS := portable $(if $(findstring x86_64,$(shell $(CC) -dumpmachine 2>/dev/null)),avx2 avx512 avx512_bf16 amx)
CPU_FLAGS_avx2 = -mavx2 -mfma
CPU_FLAGS_avx512 = -mavx2 -mfma -mavx512f -mavx512bw -mavx512dq -mavx512vl -mprefer-vector-width=512
CPU_FLAGS_avx512_bf16 = $(CPU_FLAGS_avx512) -mavx512bf16 -mavx512vnni
CPU_FLAGS_amx = $(CPU_FLAGS_avx512_bf16) -mamx-tile -mamx-bf16 -mamx-int8
CPU_ONCE = backends/cpu/amx.c backends/cpu/backend.c backends/cpu/blas.c backends/cpu/pool.c backends/cpu/precision.c
CPU_KERNELS = $(filter-out $(CPU_ONCE),$(filter backends/cpu/%,$(SOURCES)))
LIBRARY_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(CPU_KERNELS),$(SOURCES))) \
                  $(foreach path,$(CPU_PATHS),$(patsubst %.c,$(BUILD)/%.$(path).o,$(CPU_KERNELS)))
CLI_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(wildcard cli/*.c))
SERVE_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(wildcard serve/*.c))

all: $(BUILD)/simplenet $(if $(CUDA),$(BUILD)/libsimplenet_cuda.so)

# The comment at the top of this file.
help:
	@sed -n '/^#/!q; s/^# \{0,1\}//; p' Makefile

# ---- the libraries of others ----

deps:
	@sh install-dependencies.sh

demo test: deps
	@$(MAKE) --no-print-directory $(if $(filter -j% --jobs%,$(MAKEFLAGS)),,-j$(shell nproc)) run-$@

# How to compile and link with them; where one is missing, make ends here with the line to type.
ifneq ($(filter-out clean demo deps help test weights dist deb api-docs,$(or $(MAKECMDGOALS),all)),)
include $(BUILD)/dependencies.mk
endif
$(BUILD)/dependencies.mk: install-dependencies.sh
	@mkdir -p $(@D)
	@sh install-dependencies.sh --flags > $@.tmp && mv $@.tmp $@ || { rm -f $@.tmp; exit 1; }

# ---- the library and the program ----

# Loops over arrays are what the CPU backend's files are: vectorise them. Neither flag changes a result.
CPU_OPTIMISE = -O3

# Objects are made again where the flags change. That warnings are errors, and by which name the compiler is called,
# changes no object.
USED_FLAGS := $(filter-out -Werror,$(FLAGS)) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(CPU_OPTIMISE)
$(BUILD)/flags: always
	@mkdir -p $(@D)
	@echo '$(USED_FLAGS)' | cmp -s - $@ || echo '$(USED_FLAGS)' > $@
always:

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "cc $<"; $(CC) $(FLAGS) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

define CPU_RULE
$$(BUILD)/backends/cpu/%.$(1).o: backends/cpu/%.c $$(BUILD)/flags
	@mkdir -p $$(@D)
	@echo "cc $$< ($(1))"; $$(CC) $$(FLAGS) $$(CPPFLAGS) $$(CFLAGS) $$(CPU_OPTIMISE) -fno-math-errno -DSN_CPU_PATH=$(1) $$(CPU_FLAGS_$(1)) -c $$< -o $$@

endef
$(foreach path,$(CPU_PATHS),$(eval $(call CPU_RULE,$(path))))

$(BUILD)/models/backbones/embedded.o: models/backbones/embedded.safetensors
$(BUILD)/serve/asset.o: $(wildcard serve/page/*)

$(BUILD)/libsimplenet.a: $(LIBRARY_OBJECTS)
	rm -f $@
	@echo "$(AR) $@"; $(AR) rcs $@ $^

$(BUILD)/simplenet: $(CLI_OBJECTS) $(SERVE_OBJECTS) $(BUILD)/libsimplenet.a
	@echo "link $@"; $(CC) $(LDFLAGS) -o $@ $^ $(PROGRAM_LIBRARIES) $(LIBRARIES)

run-demo: $(BUILD)/simplenet
	@$(BUILD)/simplenet demo --out demo

weights:
	@sh get-weights.sh $(NETWORKS)

# The embedded backbone's weights again, from their seed (docs/pretraining.md).
pretrain: $(BUILD)/simplenet
	$(BUILD)/simplenet pretrain --out models/backbones/embedded.safetensors --log docs/pretraining.csv \
	  --plot docs/pretraining.svg

clean:
	rm -rf $(BUILD)

.PHONY: all always deps help demo test run-demo weights pretrain clean
# Objects that only pattern rules name are kept; .SECONDARY would keep them too, but not make a missing library again.
.PRECIOUS: $(BUILD)/%.o
-include $(LIBRARY_OBJECTS:.o=.d) $(CLI_OBJECTS:.o=.d) $(SERVE_OBJECTS:.o=.d)

include mk/install.mk mk/dist.mk mk/fuzz.mk mk/tests.mk mk/docs.mk mk/cuda.mk mk/bench.mk mk/paper.mk
