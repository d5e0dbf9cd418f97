# Installation: program, library, header, pkg-config file and man pages.
#
#     make install PREFIX=/usr/local DESTDIR=     and make uninstall with the same
PREFIX = /usr/local
VERSION := $(shell sed -n 's/^\#define SN_VERSION "\(.*\)"/\1/p' base/version.h)
ABI := $(firstword $(subst ., ,$(VERSION)))
SHARED = libsimplenet.so.$(VERSION)
# All that the header declares; everything else is hidden.
PUBLIC := $(shell sed -n '/^SN_PUBLIC/s/.*\(sn_[a-z_]*\).*/\1/p' simplenet.h)
WANTED = $(PUBLIC:%=-Wl,-u,%)
INSTALLED = bin/simplenet include/simplenet.h lib/libsimplenet.a lib/$(SHARED) lib/libsimplenet.so.$(ABI) \
            lib/libsimplenet.so lib/libsimplenet_cuda.so lib/pkgconfig/simplenet.pc

# One object, of which only the public names can be linked with.
$(BUILD)/install/libsimplenet.a: $(BUILD)/libsimplenet.a
	@mkdir -p $(@D)
	@echo "$(AR) $@"; $(CC) -nostdlib -r $(WANTED) -o $(@D)/simplenet.o $<
	@objcopy --localize-hidden $(@D)/simplenet.o
	@rm -f $@; $(AR) rcs $@ $(@D)/simplenet.o

$(BUILD)/install/$(SHARED): $(BUILD)/libsimplenet.a
	@mkdir -p $(@D)
	@echo "link $@"; $(CC) $(LDFLAGS) -shared -Wl,-soname,libsimplenet.so.$(ABI) -Wl,--no-undefined $(WANTED) -o $@ $< \
	  $(LIBRARIES)

install-files: $(BUILD)/simplenet $(BUILD)/install/libsimplenet.a $(BUILD)/install/$(SHARED)

install: install-files
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/include" "$(DESTDIR)$(PREFIX)/lib/pkgconfig"
	install -m 755 $(BUILD)/simplenet "$(DESTDIR)$(PREFIX)/bin"
	install -m 644 simplenet.h "$(DESTDIR)$(PREFIX)/include"
	install -m 644 $(BUILD)/install/libsimplenet.a $(BUILD)/install/$(SHARED) \
	  $(wildcard $(BUILD)/libsimplenet_cuda.so) "$(DESTDIR)$(PREFIX)/lib"
	ln -sf $(SHARED) "$(DESTDIR)$(PREFIX)/lib/libsimplenet.so.$(ABI)"
	ln -sf libsimplenet.so.$(ABI) "$(DESTDIR)$(PREFIX)/lib/libsimplenet.so"
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' -e 's|@MODULES@|$(DEPENDENCY_MODULES)|' \
	  packaging/simplenet.pc.in > "$(DESTDIR)$(PREFIX)/lib/pkgconfig/simplenet.pc"
	@[ -n "$(DESTDIR)" ] || [ "$$(id -u)" -ne 0 ] || ldconfig # so that programs find the library at once
	sh packaging/man-pages.sh $(BUILD)/simplenet "$(DESTDIR)$(PREFIX)/share/man"

uninstall:
	cd "$(DESTDIR)$(PREFIX)" && rm -f $(INSTALLED) share/man/man1/simplenet.1 share/man/man1/simplenet-*.1 \
	  share/man/man3/simplenet.3

.PHONY: install install-files uninstall
