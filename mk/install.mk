# Installation: program, library, header, pkg-config file and man pages.
#
#     make install PREFIX=/usr/local DESTDIR= LIBDIR=PREFIX/lib     and make uninstall with the same
PREFIX = /usr/local
LIBDIR = $(PREFIX)/lib
VERSION := $(shell sed -n 's/^\#define SN_VERSION "\(.*\)"/\1/p' base/version.h)
ABI := $(firstword $(subst ., ,$(VERSION)))
SHARED = libsimplenet.so.$(VERSION)
# All that the header declares; everything else is hidden.
PUBLIC := $(shell sed -n '/^SN_PUBLIC/s/.*\(sn_[a-z_]*\).*/\1/p' simplenet.h)
WANTED = $(PUBLIC:%=-Wl,-u,%)
INSTALLED = libsimplenet.a $(SHARED) libsimplenet.so.$(ABI) libsimplenet.so libsimplenet_cuda.so pkgconfig/simplenet.pc

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
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/include" "$(DESTDIR)$(LIBDIR)/pkgconfig"
	install -m 755 $(BUILD)/simplenet "$(DESTDIR)$(PREFIX)/bin"
	install -m 644 simplenet.h "$(DESTDIR)$(PREFIX)/include"
	install -m 644 $(BUILD)/install/libsimplenet.a $(BUILD)/install/$(SHARED) \
	  $(wildcard $(BUILD)/libsimplenet_cuda.so) "$(DESTDIR)$(LIBDIR)"
	ln -sf $(SHARED) "$(DESTDIR)$(LIBDIR)/libsimplenet.so.$(ABI)"
	ln -sf libsimplenet.so.$(ABI) "$(DESTDIR)$(LIBDIR)/libsimplenet.so"
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR:$(PREFIX)/%=$${prefix}/%)|' \
	  -e 's|@VERSION@|$(VERSION)|' -e 's|@MODULES@|$(DEPENDENCY_MODULES)|' \
	  packaging/simplenet.pc.in > "$(DESTDIR)$(LIBDIR)/pkgconfig/simplenet.pc"
	@[ -n "$(DESTDIR)" ] || [ "$$(id -u)" -ne 0 ] || ldconfig # so that programs find the library at once
	sh packaging/man-pages.sh $(BUILD)/simplenet "$(DESTDIR)$(PREFIX)/share/man"

# Without what debuggers read, which is four fifths of the program. The static library keeps the names to link with.
install-strip: install
	strip "$(DESTDIR)$(PREFIX)/bin/simplenet"
	strip --strip-unneeded "$(DESTDIR)$(LIBDIR)/$(SHARED)"
	strip --strip-debug "$(DESTDIR)$(LIBDIR)/libsimplenet.a"

uninstall:
	cd "$(DESTDIR)$(PREFIX)" && rm -f bin/simplenet include/simplenet.h share/man/man1/simplenet.1 \
	  share/man/man1/simplenet-*.1 share/man/man3/simplenet.3
	cd "$(DESTDIR)$(LIBDIR)" && rm -f $(INSTALLED)

.PHONY: install install-files install-strip uninstall
