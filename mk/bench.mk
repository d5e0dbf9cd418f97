# Programs that measure speed and memory.
BENCH_SUPPORT = $(patsubst %.c,$(BUILD)/%.o,$(wildcard bench/support/*.c))
BENCH_PROGRAMS = $(patsubst %.c,$(BUILD)/%,$(wildcard bench/*.c bench/cuda/*.c))

$(BUILD)/bench/%: $(BUILD)/bench/%.o $(BENCH_SUPPORT) $(BUILD)/libsimplenet.a
	@mkdir -p $(@D)
	@echo "link $@"; $(CC) $(LDFLAGS) -o $@ $^ $(LIBRARIES)

bench-programs: $(BENCH_PROGRAMS)

bench: $(BUILD)/simplenet bench-programs $(BUILD)/tests/tools/random_weights
	@mkdir -p results
	@$(BUILD)/bench/simplenet results/bench.json
	@sh bench/predict_memory.sh $(BUILD)

bench-peers: $(BUILD)/simplenet bench-programs
	@BUILD=$(BUILD) sh bench/peers/run.sh $(PEERS)

.PHONY: bench bench-programs bench-peers
-include $(BENCH_PROGRAMS:=.d) $(BENCH_SUPPORT:.o=.d)
