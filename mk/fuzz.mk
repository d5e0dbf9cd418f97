# Fuzzers (docs/fuzzing.md): one for each reader of files, by libFuzzer, and one of the whole program.
FUZZ_TARGETS = $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SOURCES = $(wildcard tests/fuzz/*.c tests/fuzz/program/*.c)
SECONDS = 60
# They search among the readers of files. Coverage of the arithmetic would only slow the tests down.
WITHOUT_COVERAGE = $(if $(findstring fuzzer-no-link,$(SANITIZE)),-fno-sanitize=fuzzer-no-link)
$(BUILD)/backends/%.o: FLAGS += $(WITHOUT_COVERAGE)

# The fuzzers' targets with a plain main, which runs the kept corpus once.
FUZZ_LIMITS = $(BUILD)/tests/fuzz/limits.o $(BUILD)/tests/fuzz/heap.o
# Named, so that make does not take the rule of the other tests in a build where these objects are still absent.
$(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/fuzz_%): $(BUILD)/tests/fuzz/main.o $(FUZZ_LIMITS)
$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/main.o $(FUZZ_LIMITS) $(BUILD)/libsimplenet.a
	@echo "link $@"; $(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBRARIES)

$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/fuzz_%.o $(FUZZ_LIMITS) $(BUILD)/libsimplenet.a
	@mkdir -p $(@D)
	@echo "link $@"; $(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBRARIES)

# What the program reads and the library does not.
$(BUILD)/tests/fuzz/fuzz_form $(BUILD)/fuzz/form: $(BUILD)/serve/guard.o $(BUILD)/serve/multipart.o

# What runs the whole program on damaged inputs.
PROGRAM_FUZZER = $(BUILD)/tests/fuzz/program/main
$(PROGRAM_FUZZER): $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/fuzz/program/*.c)) $(BUILD)/libsimplenet.a
	@echo "link $@"; $(CC) $(LDFLAGS) -o $@ $^ $(LIBRARIES)

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

.PHONY: fuzz fuzz-coverage fuzz-programs fuzz-mains
-include $(FUZZ_SOURCES:%.c=$(BUILD)/%.d)
