# The tests: cmocka programs and scripts, and the CUDA backend's sources run by the processor.
TEST_PROGRAMS = $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/test_*.c))
TEST_SCRIPTS = tests/floors.sh $(wildcard tests/test_*.sh)
TEST_TOOLS = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/tools/*.c))
SUPPORT_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c))
# The longest, begun first, so that all processors are busy to the end.
LONG_TESTS = $(filter %/test_demo.sh %/test_adding.sh %/test_how_to.sh %/test_planned %/test_pretraining %/test_cli.sh \
               %/test_shipping.sh %/test_fused %/test_cuda_host %/test_cpu %/test_outputs.sh %/test_memory.sh \
               %/test_benchmark.sh %/test_serve.sh %/test_terminal.sh %/test_watch.sh %/test_arrivals %/test_backbones, \
               $(TEST_PROGRAMS) $(TEST_SCRIPTS))
# Refuses memory to a program that it is preloaded to.
TEST_ALLOCATOR = $(BUILD)/tests/memory/fail_allocations.so

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(SUPPORT_OBJECTS) $(BUILD)/libsimplenet.a
	@mkdir -p $(@D)
	@echo "link $@"; $(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) -lcmocka $(LIBRARIES)

# What of the server can be tested without it.
$(BUILD)/tests/test_serve_parts: $(BUILD)/serve/guard.o $(BUILD)/serve/multipart.o

$(BUILD)/tests/tools/%: $(BUILD)/tests/tools/%.o $(BUILD)/libsimplenet.a
	@echo "link $@"; $(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBRARIES)

# With the cases of the operations.
$(BUILD)/tests/tools/onnx_models: $(BUILD)/tests/support/op_cases.o

# Programs that use the framework itself, and not the library.
FRAMEWORK_EXAMPLES = $(patsubst %.c,$(BUILD)/%,$(wildcard examples/framework/*.c))
$(BUILD)/examples/framework/%: $(BUILD)/examples/framework/%.o $(BUILD)/libsimplenet.a
	@echo "link $@"; $(CC) $(LDFLAGS) -o $@ $^ $(LIBRARIES)
framework-examples: $(FRAMEWORK_EXAMPLES)

$(TEST_ALLOCATOR): tests/memory/fail_allocations.c
	@mkdir -p $(@D)
	@echo "cc $<"; $(CC) -std=gnu11 $(WARNINGS) $(if $(WERROR),-Werror) -O2 -fPIC -shared -o $@ $<

test-programs: $(BUILD)/simplenet $(TEST_PROGRAMS) $(TEST_TOOLS) $(FRAMEWORK_EXAMPLES) $(TEST_ALLOCATOR) $(PROGRAM_FUZZER) \
               $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/fuzz_%)

run-test: test-programs
	@BUILD=$(BUILD) SIMPLENET=$(BUILD)/simplenet sh tests/run.sh \
	  $(LONG_TESTS) $(filter-out $(LONG_TESTS),$(TEST_PROGRAMS) $(TEST_SCRIPTS))

# What a package's build runs: parts that need no more than a second and no other program.
QUICK_TESTS = base numbers csv output_names printable metrics false_alarms ranking tensor safetensors images ops tape nn \
              plan pool library
QUICK_PROGRAMS = $(filter $(QUICK_TESTS:%=$(BUILD)/tests/test_%),$(TEST_PROGRAMS))
check: $(BUILD)/simplenet $(QUICK_PROGRAMS)
	@BUILD=$(BUILD) SIMPLENET=$(BUILD)/simplenet sh tests/run.sh $(QUICK_PROGRAMS) tests/floors.sh

# T=tests/test_cli.sh for a script, T=test_ops for a program.
test-one: $(BUILD)/simplenet $(if $(filter %.sh,$(T)),$(TEST_TOOLS) $(FRAMEWORK_EXAMPLES) $(TEST_ALLOCATOR),$(BUILD)/tests/$(T))
	@BUILD=$(BUILD) SIMPLENET=$(BUILD)/simplenet sh tests/run.sh $(if $(filter %.sh,$(T)),$(T),$(BUILD)/tests/$(T))

test-memory: $(BUILD)/simplenet $(TEST_ALLOCATOR) $(BUILD)/tests/tools/detect
	@BUILD=$(BUILD) SIMPLENET=$(BUILD)/simplenet sh tests/test_memory.sh all $(COMMANDS)

# predict over FILES mixed files, twice; test takes 80.
FILES = 10000
test-large: $(BUILD)/simplenet
	@FILES=$(FILES) BUILD=$(BUILD) SIMPLENET=$(BUILD)/simplenet sh tests/test_mixed_folder.sh

# ---- CPU emulation of the CUDA runtime ----

# The sources of backends/cuda compiled for the processor, on the runtime of tests/cuda_host. What unrolls loops for nvcc is not
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

$(BUILD)/tests/cuda_host/backends/cuda/%.o: backends/cuda/%.cu $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "c++ $<"; $(CXX) $(CUDA_HOST_FLAGS) $(CFLAGS) -x c++ -c $< -o $@

$(BUILD)/tests/cuda_host/%.o: tests/cuda_host/%.cpp $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "c++ $<"; $(CXX) $(CUDA_HOST_FLAGS) $(CFLAGS) -c $< -o $@

$(BUILD)/tests/cuda_host/libsimplenet_cuda.so: $(CUDA_HOST_OBJECTS)
	@echo "link $@"; $(CXX) $(LDFLAGS) -shared -o $@ $^ -pthread

$(filter $(BUILD)/tests/test_cuda_host% $(BUILD)/tests/test_recordings,$(TEST_PROGRAMS)): | $(CUDA_HOST_LIBRARY)

.PHONY: check framework-examples run-test test-programs test-memory test-large
-include $(TEST_PROGRAMS:=.d) $(SUPPORT_OBJECTS:.o=.d) $(TEST_TOOLS:=.d) $(CUDA_HOST_OBJECTS:.o=.d)
