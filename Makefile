# edgecron - `make help` lists the targets. Needs Debian or its like; `make run` and `make test` install what is missing.
VERSION := 0.5.0
FLAVOUR ?= release
# Fetched and built libraries; several work trees may share one folder: make DEPS=/some/folder
DEPS ?= build/deps
LINK ?= -static
FUZZ_SECONDS ?= 20
CC = gcc
MAKEFLAGS += --no-builtin-rules $(if $(filter 0,$(MAKELEVEL)),-j$(shell nproc))
.DELETE_ON_ERROR:
export TARBALLS UNKNOWN MIRROR

# The libraries' folder is named after all that decides how they are built, so trees that differ never meet.
TP_FILES := $(sort $(wildcard third_party/fetch third_party/versions third_party/*.mk third_party/licenses third_party/*/*))
DIR := $(abspath $(DEPS))/$(shell cat $(TP_FILES) | sha256sum | cut -c1-12)
include third_party/flags.mk
TP_FLAVOUR := $(if $(filter coverage fuzz,$(FLAVOUR)),debug,$(FLAVOUR))
READY := $(DIR)/$(TP_FLAVOUR)/ready
OUT := build/$(FLAVOUR)
BIN := $(if $(filter release,$(FLAVOUR)),build/edgecron,$(OUT)/edgecron)
GEN := build/gen
.PRECIOUS: $(OUT)/%.o

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Werror \
	$(if $(findstring clang,$(CC_$(FLAVOUR))),,-Wno-format-truncation)
CPPFLAGS = -D_GNU_SOURCE -Isrc -I$(GEN) -isystem $(DIR)/include $(MBEDTLS_CPPFLAGS) \
	$(if $(filter release,$(FLAVOUR)),-DNDEBUG,-DEDGECRON_TEST_HOOKS)
COMPILE = $(CC_$(FLAVOUR)) -std=gnu11 $(CFLAGS_$(FLAVOUR)) -pthread $(WARN) $(CPPFLAGS) -MMD -MP
LIBS = $(addprefix $(DIR)/$(TP_FLAVOUR)/lib,sqlite3.a civetweb.a mbedtls.a cjson.a) -lm -lpthread

SRC := $(sort $(wildcard src/*/*.c))
GEN_C := $(GEN)/queries.c $(GEN)/web.c
OBJ := $(SRC:%.c=$(OUT)/%.o) $(GEN_C:build/%.c=$(OUT)/%.o)
MAIN := $(OUT)/src/cli/main.o
LIB := $(OUT)/libedgecron.a
UNIT := $(patsubst %.c,$(OUT)/%,$(wildcard tests/unit/*_test.c))
UNIT_SHARED := $(patsubst %.c,$(OUT)/%.o,$(filter-out %_test.c,$(wildcard tests/unit/*.c)))
DRIVERS := $(patsubst %.c,$(OUT)/%,$(wildcard tests/differential/*.c))
FUZZ := $(patsubst %.c,$(OUT)/%,$(wildcard tests/fuzz/*_fuzz.c))
BENCH := $(patsubst %.c,$(OUT)/%,$(wildcard tests/bench/*.c))

all: $(BIN) ## build/edgecron, the release binary (the default)
$(BIN): $(MAIN) $(LIB)
	@echo "  LD  $@"
	@$(CC_$(FLAVOUR)) $(CFLAGS_$(FLAVOUR)) $(LDFLAGS_$(FLAVOUR)) -o $@ $^ $(LIBS)
$(LIB): $(filter-out $(MAIN),$(OBJ))
	@rm -f $@ && ar qcs $@ $^ # q: two layers may have a file of one name
$(OUT)/%.o: %.c $(READY) Makefile | $(GEN)/queries.h $(GEN)/versions.h
	@mkdir -p $(@D)
	@echo "  CC  $<"
	@$(COMPILE) $(UNIT_FLAGS) -c $< -o $@
$(OUT)/gen/%.o: $(GEN)/%.c $(READY) Makefile
	@mkdir -p $(@D)
	@$(COMPILE) -c $< -o $@
$(OUT)/src/base/embed.o: private UNIT_FLAGS := -DEMBED_FOLDER='"$(DIR)"' -DEMBED_GENERATED='"$(abspath $(GEN))"'
$(OUT)/src/base/embed.o: $(GEN)/licenses.txt
$(OUT)/tests/%.o: private UNIT_FLAGS := -Itests/unit -DTEST_ROOT='"$(CURDIR)"'
-include $(wildcard $(OUT)/src/*/*.d $(OUT)/gen/*.d $(OUT)/tests/*/*.d)

# Libraries and data; the lock is for trees that share DEPS. Twice, as the first run brings what the second lists.
DEPS_MAKE = $(MAKE) -s --no-print-directory -f third_party/deps.mk TP=third_party DIR=$(DIR) \
	DOWNLOADS=$(abspath $(DEPS))/downloads FLAVOUR=$(TP_FLAVOUR) CC=$(CC)
$(READY):
	+@mkdir -p $(DIR) && flock $(DIR)/lock sh -c '$(DEPS_MAKE) fetched && $(DEPS_MAKE)'
# The same for the page's: npm brings them, node bundles the page.
PAGE_LIBS := $(abspath $(DEPS))/page-$(shell cat web/package.json web/package-lock.json | sha256sum | cut -c1-12)
NODE = $(if $(shell node --version 2>/dev/null),node,$(error the page is bundled with node, which is not on this machine: \
	'make run' installs what is missing, or install nodejs and npm by hand (third_party/README.md)))
$(PAGE_LIBS)/ready:
	@mkdir -p $(@D) && flock $(@D)/lock sh -c '[ -f $@ ] || { $(NODE) third_party/fetch_page.mjs web $(@D) && touch $@; }'
deps: $(READY) $(PAGE_LIBS)/ready ## fetch and build the libraries only

# Generated sources. Folders are prerequisites too, so that a removed file is noticed.
SQL := $(sort $(wildcard src/store/sql/*.sql)) $(sort $(wildcard src/store/sql/migrations/*.sql))
$(GEN)/queries.h $(GEN)/queries.c &: src/store/sql/embed.awk $(SQL) $(wildcard src/store/sql src/store/sql/migrations)
	@mkdir -p $(GEN) && awk -v out=$(GEN)/queries -f src/store/sql/embed.awk $(SQL)
PAGE := $(filter-out web/node_modules%,$(sort $(wildcard web web/* web/*/* web/*/*/*)))
$(GEN)/web/index.html: $(PAGE) $(PAGE_LIBS)/ready
	@echo "  JS  web"
	@$(NODE) web/build.mjs $(PAGE_LIBS) $(@D) && echo $(PAGE_LIBS) > $(GEN)/page_libs
$(GEN)/web.c: src/base/embed_web.sh $(GEN)/web/index.html
	@sh src/base/embed_web.sh $(GEN)/web > $@
$(GEN)/licenses.txt: third_party/licenses_page.mjs $(READY) $(PAGE_LIBS)/ready
	@mkdir -p $(GEN) && { cat $(DIR)/licenses.txt && $(NODE) $< $(PAGE_LIBS); } > $@
$(GEN)/versions.h: Makefile $(TP_FILES) | $(READY)
	@mkdir -p $(GEN) && { echo '#define EDGECRON_VERSION "$(VERSION)"'; \
	  awk '{ n = toupper($$1); gsub(/-/, "_", n); printf "#define VERSION_%s \"%s\"\n", n, $$2 }' $(DIR)/src/manifest; } > $@

units: $(UNIT) $(DRIVERS)
$(OUT)/tests/unit/%_test: $(OUT)/tests/unit/%_test.o $(UNIT_SHARED) $(LIB)
	@$(CC_$(FLAVOUR)) $(CFLAGS_$(FLAVOUR)) $(LDFLAGS_$(FLAVOUR)) -o $@ $^ -lcmocka $(LIBS)
$(OUT)/tests/differential/%: $(OUT)/tests/differential/%.o $(LIB)
	@$(CC_$(FLAVOUR)) $(CFLAGS_$(FLAVOUR)) $(LDFLAGS_$(FLAVOUR)) -o $@ $^ $(LIBS)
$(OUT)/tests/fuzz/%_fuzz: $(OUT)/tests/fuzz/%_fuzz.o $(LIB)
	@$(CC_$(FLAVOUR)) $(LDFLAGS_$(FLAVOUR)) -o $@ $^ $(LIBS)
$(OUT)/tests/fault/memory.so: tests/fault/memory.c
	@mkdir -p $(@D)
	@$(CC) -O1 -shared -fPIC -std=gnu11 $(WARN) -Wno-missing-prototypes -o $@ $<
# A benchmark that includes curl's header is the yardstick: an ordinary dynamic program. The others are ours, as released.
$(OUT)/tests/bench/%: tests/bench/%.c $(LIB)
	@mkdir -p $(@D)
	@if grep -q curl/curl.h $<; then $(CC) -O2 -std=gnu11 -D_GNU_SOURCE $(WARN) -o $@ $< -lcurl -lpthread; \
	else $(COMPILE) $(LDFLAGS_$(FLAVOUR)) -o $@ $< $(LIB) $(LIBS); fi

run: setup-build ## install what is missing, build, and start a demonstration
	@$(MAKE) --no-print-directory
	@build/edgecron demo
test: setup-test ## install what is missing, build, and run every test
	@$(MAKE) --no-print-directory
	@$(MAKE) --no-print-directory FLAVOUR=debug units build/debug/edgecron build/debug/tests/fault/memory.so
	@$(MAKE) --no-print-directory build/release/tests/bench/history
	@tests/run unit cases differential integration contract browser
pictures: setup-test ## the pictures in README, out of a run of tests/browser
	@$(MAKE) --no-print-directory
	@node --test tests/browser/screens.test.mjs && mkdir -p tests/browser/pictures && cp build/screens/readme-*.png tests/browser/pictures/
soak: setup-test ## long forms: ten times the comparisons with croner and with node's HTTP parser; 200,000 calls of the HTTP client; the API's contract
	@$(MAKE) --no-print-directory
	@$(MAKE) --no-print-directory FLAVOUR=debug units
	@DIFFERENTIAL_COUNT=200000 DIFFERENTIAL_SEED=$$(date +%s) DIFFERENTIAL_FLAGS=--all-zones tests/run differential
	@FLAT_CALLS=200000 build/debug/tests/unit/http_flat_test
	@TEST_TIMEOUT_MS=7200000 CONTRACT_SEED=$$(date +%s) CONTRACT_RUNS=1000 tests/run contract
debug: ## build/debug/edgecron: for a debugger, with test hooks
	@$(MAKE) --no-print-directory FLAVOUR=debug build/debug/edgecron
asan tsan: setup-test ## unit tests and cases under Address+UB or Thread Sanitizer
	@$(MAKE) --no-print-directory FLAVOUR=$@ units build/$@/edgecron
	@BUILD=build/$@ tests/run unit cases
asan-test tsan-test: setup-test ## the same, and the integration tests with the sanitized binary
	@$(MAKE) --no-print-directory FLAVOUR=$(@:-test=) units build/$(@:-test=)/edgecron
	@BUILD=build/$(@:-test=) EDGECRON=$(CURDIR)/build/$(@:-test=)/edgecron EDGECRON_SLOW=4 EDGECRON_KILLS=3 tests/run unit cases integration contract
coverage: setup-test setup-coverage ## line and branch coverage of unit tests, cases and integration tests
	@$(MAKE) --no-print-directory FLAVOUR=coverage units build/coverage/edgecron
	@BUILD=build/coverage EDGECRON=$(CURDIR)/build/coverage/edgecron tests/run unit cases integration
	@gcovr --root . --filter src/ --object-directory build/coverage --print-summary
fuzz: setup-fuzz ## every fuzz target for FUZZ_SECONDS (20) each
	@$(MAKE) --no-print-directory FLAVOUR=fuzz fuzzers
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tests/run fuzz
fuzzers: $(FUZZ)
bench: setup-test setup-bench ## benchmarks against the budgets of the design
	@$(MAKE) --no-print-directory all benches
	@tests/bench/run
endurance: setup-test ## 500 runs a second for EDGECRON_SOAK_SECONDS (3600), and whether memory, descriptors, WAL, database or lateness grow
	@$(MAKE) --no-print-directory all build/release/tests/bench/server
	@node tests/bench/soak.mjs
benches: $(BENCH)
torture: setup-test faults ## kills, full disks, changes and jumping clocks at random, TORTURE_KILLS (1000) times, and what must hold then
	@$(MAKE) --no-print-directory FLAVOUR=debug build/debug/edgecron
	@EDGECRON=$(CURDIR)/build/debug/edgecron node tests/fault/torture.mjs --tmpfs --seconds 7200 \
		--kills $(or $(TORTURE_KILLS),1000) --seed $(or $(TORTURE_SEED),$(shell date +%s))
faults: setup-test ## long forms: every n-th use of a file fails; 40,000 losses of power; every MEMORY_EVERY (20)-th allocation fails
	@$(MAKE) --no-print-directory
	@$(MAKE) --no-print-directory FLAVOUR=debug units build/debug/edgecron build/debug/tests/fault/memory.so
	@FAULT_EVERY=1 build/debug/tests/unit/store_fault_test
	@POWER_LOSSES=20000 POWER_SEED=$$(date +%s) build/debug/tests/unit/power_test
	@FAULT_STEP=1 node --test tests/integration/store_faults.test.mjs
	@MEMORY_EVERY=$(or $(MEMORY_EVERY),20) node --test tests/integration/memory.test.mjs
lint: setup-build ## layers, purity of core, banned functions, sizes, names
	@$(MAKE) --no-print-directory FLAVOUR=debug build/debug/libedgecron.a
	@tests/lint/run build/debug
format-check: ## clang-format, without changing anything
	@clang-format --dry-run --Werror $(wildcard src/*/*.[ch] tests/*/*.[ch] third_party/*/*.[ch])
setup-%:
	@third_party/setup $*
clean: ## remove all that was built, but for the libraries (rm -r build removes them too)
	@cd build 2>/dev/null && rm -rf edgecron gen release debug asan tsan coverage fuzz || true
print-dir: # for compiling something by hand
	@echo $(DIR)
help: ## this list
	@awk -F ':.*## ' '/^[a-z -]+:.*## / { printf "  make %-22s %s\n", $$1, $$2 }' Makefile
	@echo "variables: DEPS=FOLDER (shared libraries) TARBALLS=FOLDER UNKNOWN=accept MIRROR=URI (third_party/README.md)"
	@echo "           CC=clang (not release)  LINK=-static-pie  FUZZ_SECONDS=N"
.PHONY: all deps units run test soak debug asan tsan asan-test tsan-test coverage fuzz fuzzers bench endurance benches torture faults lint format-check clean print-dir help
