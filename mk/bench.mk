# Programs that measure speed and memory.
BENCH_SUPPORT = $(patsubst %.c,$(BUILD)/%.o,$(wildcard bench/support/*.c))
BENCH_PROGRAMS = $(patsubst %.c,$(BUILD)/%,$(wildcard bench/*.c bench/cuda/*.c))

$(BUILD)/bench/%: $(BUILD)/bench/%.o $(BENCH_SUPPORT) $(BUILD)/libsimplenet.a
	@mkdir -p $(@D)
	@echo "link $@"; $(CC) $(LDFLAGS) -o $@ $^ $(LIBRARIES)

# The ladder of chapter 6 (docs/course): a file for each rung, optimised as the backend's kernels are.
LADDER_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(wildcard bench/ladder/*.c))
$(LADDER_OBJECTS): CFLAGS += $(CPU_OPTIMISE)
$(BUILD)/bench/ladder/ladder: $(LADDER_OBJECTS) $(BENCH_SUPPORT) $(BUILD)/libsimplenet.a
	@echo "link $@"; $(CC) $(LDFLAGS) -o $@ $^ $(LIBRARIES)

# Each rung is held to the first (tests/test_ladder.c).
$(BUILD)/tests/test_ladder: $(filter-out %/ladder/ladder.o,$(LADDER_OBJECTS))

bench-programs: $(BENCH_PROGRAMS) $(BUILD)/bench/ladder/ladder

bench: $(BUILD)/simplenet bench-programs $(BUILD)/tests/tools/random_weights
	@mkdir -p results
	@$(BUILD)/bench/simplenet results/bench.json
	@sh bench/predict_memory.sh $(BUILD)

bench-peers: $(BUILD)/simplenet bench-programs
	@BUILD=$(BUILD) sh bench/peers/run.sh $(PEERS)

.PHONY: bench bench-programs bench-peers
-include $(BENCH_PROGRAMS:=.d) $(BENCH_SUPPORT:.o=.d) $(LADDER_OBJECTS:.o=.d)
