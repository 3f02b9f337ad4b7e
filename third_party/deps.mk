# deps.mk - builds what `fetch` brought: one archive a library, per flavour; and the data to embed.
#
#   make -f third_party/deps.mk TP=third_party DIR=FOLDER DOWNLOADS=FOLDER FLAVOUR=release|debug|asan|tsan
#
# Run by the main Makefile, under a lock (several work trees may share FOLDER). Afterwards DIR holds
#   include/  FLAVOUR/lib*.a  FLAVOUR/ready  musl/  tzdata.bin  ca.bin  licenses.txt  src/manifest
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all fetched
MAKEFLAGS += --no-builtin-rules
SRC := $(DIR)/src
OUT := $(DIR)/$(FLAVOUR)
include $(TP)/flags.mk

MBEDTLS := $(SRC)/mbedtls
SRC_DONE := $(SRC)/manifest

all: $(OUT)/ready
ready_files := $(OUT)/libsqlite3.a $(OUT)/libmbedtls.a $(OUT)/libcivetweb.a $(OUT)/libcjson.a \
	$(DIR)/tzdata.bin $(DIR)/ca.bin $(DIR)/licenses.txt
$(OUT)/ready: $(ready_files)
	@touch $@

fetched: $(SRC_DONE)
$(SRC_DONE): $(TP)/fetch $(TP)/versions $(TP)/sqlite/package-lock.json
	@$(TP)/fetch $(DOWNLOADS) $(SRC)

# Headers of all four, in one place; and musl's files with their paths put right.
$(DIR)/include/.done: $(SRC_DONE) $(TP)/mbedtls/user_config.h $(TP)/civetweb/hand_over.h
	@rm -rf $(DIR)/include && mkdir -p $(DIR)/include
	@cp $(SRC)/sqlite/sqlite3.h $(SRC)/cjson/cJSON.h $(SRC)/civetweb/include/civetweb.h $(TP)/civetweb/hand_over.h $(DIR)/include/
	@cp -r $(MBEDTLS)/include/mbedtls $(MBEDTLS)/include/psa $(MBEDTLS)/3rdparty/everest/include/everest $(DIR)/include/
	@cp $(TP)/mbedtls/user_config.h $(DIR)/include/mbedtls/
	@touch $@

$(MUSL)/.done: $(SRC_DONE)
	@rm -rf $(MUSL) && mkdir -p $(MUSL)
	@cp -r $(SRC)/musl-dev/usr/lib/$(TRIPLET)-musl $(MUSL)/lib
	@cp -r $(SRC)/musl-dev/usr/include/$(TRIPLET)-musl $(MUSL)/include
	@sed -e 's|/usr/lib/$(TRIPLET)-musl|$(abspath $(MUSL))/lib|g' \
	    -e 's|/usr/include/$(TRIPLET)-musl|$(abspath $(MUSL))/include|g' $(MUSL)/lib/musl-gcc.specs > $(MUSL)/musl.specs
	@for d in linux asm asm-generic mtd; do for p in /usr/include /usr/include/$(TRIPLET)-gnu; do \
	    [ ! -d $$p/$$d ] || ln -sfn $$p/$$d $(MUSL)/include/$$d; done; done
	@touch $@

TOOLCHAIN := $(DIR)/include/.done $(if $(filter release,$(FLAVOUR)),$(MUSL)/.done)

# --- SQLite
SQLITE_FLAGS := -DSQLITE_THREADSAFE=2 -DSQLITE_DEFAULT_WAL_SYNCHRONOUS=2 -DSQLITE_DEFAULT_SYNCHRONOUS=2 \
	-DSQLITE_DEFAULT_FOREIGN_KEYS=1 -DSQLITE_DEFAULT_MEMSTATUS=0 -DSQLITE_DQS=0 -DSQLITE_LIKE_DOESNT_MATCH_BLOBS \
	-DSQLITE_OMIT_DEPRECATED -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_OMIT_SHARED_CACHE -DSQLITE_USE_URI=0 \
	-DSQLITE_MAX_EXPR_DEPTH=200 -DSQLITE_TEMP_STORE=2 -DSQLITE_ENABLE_UPDATE_DELETE_LIMIT=1 \
	-DSQLITE_TRUSTED_SCHEMA=0 -DSQLITE_UNTESTABLE -DSQLITE_USE_ALLOCA -DHAVE_USLEEP=1 -DHAVE_FDATASYNC=1
$(OUT)/sqlite3.o: $(TOOLCHAIN)
	@mkdir -p $(@D)
	@echo "  CC  sqlite3.c ($(FLAVOUR))"
	@$(TP_CC) $(TP_CFLAGS) -w $(SQLITE_FLAGS) -c $(SRC)/sqlite/sqlite3.c -o $@
$(OUT)/libsqlite3.a: $(OUT)/sqlite3.o

# --- mbedTLS: library/*.c, everest's x25519, our entropy source. The list is known once the source is there.
MBEDTLS_FLAGS := $(MBEDTLS_CPPFLAGS) -I$(DIR)/include -I$(MBEDTLS)/library -I$(MBEDTLS)/3rdparty/everest/include \
	-I$(MBEDTLS)/3rdparty/everest/include/everest -I$(MBEDTLS)/3rdparty/everest/include/everest/kremlib $(MBEDTLS_CPU)
MBEDTLS_C := $(wildcard $(MBEDTLS)/library/*.c) \
	$(addprefix $(MBEDTLS)/3rdparty/everest/library/,everest.c x25519.c Hacl_Curve25519_joined.c)
MBEDTLS_O := $(patsubst %.c,$(OUT)/mbedtls/%.o,$(notdir $(MBEDTLS_C))) $(OUT)/mbedtls/entropy_getrandom.o
vpath %.c $(MBEDTLS)/library $(MBEDTLS)/3rdparty/everest/library
$(OUT)/mbedtls/%.o: %.c $(TOOLCHAIN)
	@mkdir -p $(@D)
	@$(TP_CC) $(TP_CFLAGS) -w $(MBEDTLS_FLAGS) -c $< -o $@
$(OUT)/mbedtls/entropy_getrandom.o: $(TP)/mbedtls/entropy.c $(TOOLCHAIN)
	@mkdir -p $(@D)
	@$(TP_CC) $(TP_CFLAGS) $(MBEDTLS_FLAGS) -c $< -o $@
$(OUT)/libmbedtls.a: $(MBEDTLS_O)

# --- civetweb: no TLS of its own, no files, no CGI, no port: it parses requests that are handed over to it, and calls us.
# It refuses to start without a port to listen on: that check is taken out. Its threads take requests in hand_over.c's way. Or the build stops.
CIVETWEB_FLAGS := -I$(OUT)/civetweb -I$(SRC)/civetweb/src -I$(SRC)/civetweb/include -DNO_SSL -DNO_CGI -DNO_FILES -DNO_CACHING -DUSE_IPV6 \
	-DNDEBUG -DUSE_STACK_SIZE=1048576
$(OUT)/civetweb.o: $(TP)/civetweb/hand_over.c $(TP)/civetweb/hand_over.h $(TOOLCHAIN)
	@mkdir -p $(OUT)/civetweb
	@echo "  CC  civetweb.c ($(FLAVOUR))"
	@sed -e 's/if (!set_ports_option(ctx)) {/if (*ctx->dd.config[LISTENING_PORTS] \&\& !set_ports_option(ctx)) {/' \
	    -e 's/pthread_cond_t sq_empty;/& int sq_idle, sq_waking;/' \
	    -e 's/while (consume_socket(ctx, &conn->client, thread_index))/while (take_over(ctx, \&conn->client))/' \
	    $(SRC)/civetweb/src/civetweb.c > $(OUT)/civetweb/civetweb.c
	@grep -q 'LISTENING_PORTS\] && !set_ports_option' $(OUT)/civetweb/civetweb.c
	@grep -q 'int sq_idle, sq_waking' $(OUT)/civetweb/civetweb.c
	@grep -q 'while (take_over(ctx' $(OUT)/civetweb/civetweb.c
	@$(TP_CC) $(TP_CFLAGS) -w $(CIVETWEB_FLAGS) -c $(TP)/civetweb/hand_over.c -o $@
$(OUT)/libcivetweb.a: $(OUT)/civetweb.o

# --- cJSON: the nesting limit is src/base/json.h's JSON_MAX_DEPTH, checked there too. The place of the last error is kept in a
# static that every parse writes, in whatever thread: made one of the thread's own, or the build stops.
$(OUT)/cJSON.o: $(TOOLCHAIN)
	@mkdir -p $(@D)
	@sed 's/^static error global_error/static _Thread_local error global_error/' $(SRC)/cjson/cJSON.c > $(OUT)/cJSON.c
	@grep -q '^static _Thread_local error global_error' $(OUT)/cJSON.c
	@$(TP_CC) $(TP_CFLAGS) -w -DCJSON_NESTING_LIMIT=64 -DCJSON_HIDE_SYMBOLS -I$(SRC)/cjson -c $(OUT)/cJSON.c -o $@
$(OUT)/libcjson.a: $(OUT)/cJSON.o

$(OUT)/lib%.a:
	@echo "  AR  $(notdir $@) ($(FLAVOUR))"
	@rm -f $@ && ar rcs $@ $(filter %.o,$^)

# --- data
ZONEINFO := $(SRC)/tzdata/usr/share/zoneinfo
$(DIR)/tzdata.bin: $(TP)/tzdata/pack.c $(SRC_DONE)
	@cc -O2 -Wall -Wextra -D_GNU_SOURCE -o $(DIR)/tzpack $<
	@awk '/^Z/ { print $$2 } /^L/ { print $$3 }' $(ZONEINFO)/tzdata.zi | while read -r name; do \
	    [ -f $(ZONEINFO)/$$name ] || { echo "tzdata: '$$name' is missing" >&2; exit 1; }; done
	@$(DIR)/tzpack $(ZONEINFO) "$$(sed -n '1s/^# version //p' $(ZONEINFO)/tzdata.zi)" $@
$(DIR)/ca.bin: $(TP)/ca/pack $(SRC_DONE)
	@$(TP)/ca/pack $(SRC)/ca-certificates/usr/share/ca-certificates/mozilla $@
$(DIR)/licenses.txt: $(TP)/licenses $(SRC_DONE)
	@$(TP)/licenses $(SRC) > $@.new && mv $@.new $@
