# make          build/simplenet, the program, and build/libsimplenet.a
# make test     all tests, ending in one line: N passed, N failed, N skipped
# make clean    remove what was built
#
# BUILD=folder  where to build                     SANITIZE=address,undefined   with sanitizers
# CC=clang      another compiler                   WERROR=1                     warnings are errors
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

FOLDERS = base backends backends/reference backends/cpu tensor autograd autograd/ops nn models models/backbones \
          models/simplenet datasets datasets/layouts datasets/generated metrics report
LIBRARY_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(wildcard $(addsuffix /*.c,$(FOLDERS))))
CLI_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(wildcard cli/*.c))
TEST_PROGRAMS = $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/test_*.c))
SUPPORT_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c))

all: $(BUILD)/simplenet

# Installs the packages that are missing, or says which, and records how to compile and link with them.
ifneq ($(MAKECMDGOALS),clean)
include $(BUILD)/dependencies.mk
endif
$(BUILD)/dependencies.mk: install-dependencies.sh
	@mkdir -p $(@D)
	@sh install-dependencies.sh > $@.tmp && mv $@.tmp $@ || { rm -f $@.tmp; exit 1; }

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "cc $<"; $(CC) $(FLAGS) $(CFLAGS) -c $< -o $@

# Loops over arrays are what these files are: vectorise them. Neither flag changes a result.
$(BUILD)/backends/cpu/%.o: CFLAGS += -O3 -fno-math-errno

$(BUILD)/libsimplenet.a: $(LIBRARY_OBJECTS)
	rm -f $@
	@echo "$(AR) $@"; $(AR) rcs $@ $^

$(BUILD)/simplenet: $(CLI_OBJECTS) $(BUILD)/libsimplenet.a
	@echo "link $@"; $(CC) $(LDFLAGS) -o $@ $^ $(LIBRARIES)

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(SUPPORT_OBJECTS) $(BUILD)/libsimplenet.a
	@mkdir -p $(@D)
	@echo "link $@"; $(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBRARIES)

test-programs: $(TEST_PROGRAMS)

test: $(BUILD)/simplenet test-programs
	@SIMPLENET=$(BUILD)/simplenet sh tests/run.sh $(TEST_PROGRAMS)

clean:
	rm -rf $(BUILD)

.PHONY: all test test-programs clean
.SECONDARY:
-include $(LIBRARY_OBJECTS:.o=.d) $(CLI_OBJECTS:.o=.d) $(TEST_PROGRAMS:=.d) $(SUPPORT_OBJECTS:.o=.d)
