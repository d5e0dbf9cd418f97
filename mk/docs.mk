# The course (docs/course): its programs, its pictures, and the checks of all pages.
COURSE_PROGRAMS = $(patsubst %.c,$(BUILD)/%,$(wildcard examples/course/*.c))

$(BUILD)/examples/course/%: $(BUILD)/examples/course/%.o $(BUILD)/libsimplenet.a
	@mkdir -p $(@D)
	@echo "link $@"; $(CC) $(LDFLAGS) -o $@ $^ $(LIBRARIES)

# What the commands of the course write goes into build/course.
course-programs: $(COURSE_PROGRAMS)
	@mkdir -p $(BUILD)/course

# A reader's own program: build/course/NAME of build/course/NAME.c.
$(BUILD)/course/%: $(BUILD)/course/%.c $(BUILD)/libsimplenet.a
	@echo "cc $<"; $(CC) $(FLAGS) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBRARIES)

# CHAPTERS="docs/course/01-the-problem.md …" for some of the chapters.
course: $(BUILD)/simplenet course-programs framework-examples $(BUILD)/bench/ladder/ladder
	@python3 tests/docs/course.py --write $(CHAPTERS)

# The grammar checker, by pip: 42 MB into build/language, and nothing else on the machine changes.
language-tools:
	@python3 -m pip install --quiet --upgrade --root-user-action=ignore --require-hashes --target build/language -r tests/docs/requirements.txt

# Needs python3, aspell with aspell-en, codespell, pandoc and what language-tools installs. LANGUAGE_ONLY=1: all but the
# commands of the course. NO_GRAMMAR=1: where PyPI cannot be reached.
test-docs: $(if $(LANGUAGE_ONLY),,$(BUILD)/simplenet course-programs framework-examples $(BUILD)/bench/ladder/ladder)
	@for tool in aspell codespell pandoc; do command -v $$tool > /dev/null || \
	  { echo "$$tool is missing: apt-get install aspell aspell-en codespell pandoc" >&2; exit 1; }; done
	@python3 tests/docs/test_checks.py
	@python3 tests/docs/links.py
	@python3 tests/docs/spelling.py
	@$(if $(NO_GRAMMAR),echo "skip: grammar is not checked",python3 tests/docs/grammar.py)
	@python3 tests/docs/html.py $(BUILD)/html
	@$(if $(LANGUAGE_ONLY),:,python3 tests/docs/course.py $(CHAPTERS))

# The reference of simplenet.h and of the framework's headers, by Doxygen: build/api/html/index.html. A declaration without a
# comment is an error.
api-docs:
	@mkdir -p build/api
	@doxygen docs/api/Doxyfile
	@echo build/api/html/index.html

.PHONY: api-docs course course-programs language-tools test-docs
-include $(COURSE_PROGRAMS:=.d)
