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

$(BUILD)/backends/cuda/%.o: backends/cuda/%.cu
	@mkdir -p $(@D)
	@echo "nvcc $<"; $(NVCC) $(CUDA_FLAGS) -c $< -o $@

# Normals have the processor's bits only when a product and a sum are rounded one after the other.
$(BUILD)/backends/cuda/random.o: CUDA_FLAGS += -fmad=false

$(BUILD)/libsimplenet_cuda.so: $(CUDA_OBJECTS)
	@echo "link $@"; $(NVCC) $(CUDA_TARGETS) -shared -cudart static -o $@ $^ -lcublas \
	  -Xlinker -rpath,$(CUDA_LIBRARY_FOLDER),-z,defs

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

.PHONY: test-cuda bench-cuda
-include $(CUDA_OBJECTS:.o=.d)
