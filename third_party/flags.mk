# flags.mk - compilers and flags of each flavour, for the libraries and for edgecron itself.
# Reads FLAVOUR and DIR (where the built libraries are).
ARCH := $(shell uname -m)
TRIPLET := $(ARCH)-linux
MUSL := $(DIR)/musl

# One place for what every reader of an mbedTLS header must be told.
MBEDTLS_CPPFLAGS := -DMBEDTLS_USER_CONFIG_FILE='<mbedtls/user_config.h>'
# AES in hardware, looked for at run time. For all of mbedTLS or none of it.
MBEDTLS_CPU := $(if $(filter x86_64,$(ARCH)),-maes -mpclmul -mssse3)

CC_release := gcc -specs=$(abspath $(MUSL))/musl.specs
CFLAGS_release := -O2 -g0 -fPIE -ffunction-sections -fdata-sections -fstack-protector-strong \
	-fstack-clash-protection
LDFLAGS_release = $(LINK) -Wl,-z,relro,-z,now,-z,noexecstack,-z,stack-size=1048576,--gc-sections,--build-id=none -s

CC_debug := $(CC)
CFLAGS_debug := -Og -g -fno-omit-frame-pointer -fstack-protector-strong
LDFLAGS_debug :=

CC_asan := $(CC)
CFLAGS_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
LDFLAGS_asan := -fsanitize=address,undefined

CC_tsan := $(CC)
CFLAGS_tsan := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
LDFLAGS_tsan := -fsanitize=thread

CC_coverage := $(CC)
CFLAGS_coverage := -O0 -g --coverage
LDFLAGS_coverage := --coverage

CC_fuzz := clang
CFLAGS_fuzz := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address -DFUZZING
LDFLAGS_fuzz := -fsanitize=fuzzer,address

TP_CC = $(CC_$(FLAVOUR))
# Undefined-behaviour checks in other people's code would only report what we cannot mend.
TP_CFLAGS = -std=gnu11 $(patsubst -fsanitize=address$(comma)undefined,-fsanitize=address,$(CFLAGS_$(FLAVOUR))) -pthread
comma := ,
