# A release: the sources as they are committed, and Debian's packages of them.
DIST = simplenet-$(VERSION)

# The same bytes each time: the times in it are the commit's.
dist:
	@[ -z "$$(git rev-parse --show-prefix 2>&1)" ] || { echo "make dist: this folder is not one that git keeps the sources in" >&2; exit 1; }
	@[ -z "$$(git status --porcelain)" ] || echo "make dist: what is not committed is not in it" >&2
	@mkdir -p $(BUILD)
	@git -c tar.umask=0022 archive --format=tar --prefix=$(DIST)/ -o $(BUILD)/$(DIST).tar HEAD
	@gzip -9nf $(BUILD)/$(DIST).tar
	@echo "$(BUILD)/$(DIST).tar.gz"

deb: dist
	sh packaging/deb.sh $(BUILD)/$(DIST).tar.gz $(BUILD)/deb

.PHONY: dist deb
