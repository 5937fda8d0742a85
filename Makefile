# Targets: build, run, test, lint, fuzz, bench, clean. `make run` needs Go and make alone.

LISTEN   ?= 127.0.0.1:8417
DATA     ?= data
EVENTS   ?= 20000
SEED     ?= 7
FUZZTIME ?= 30s
BENCH    ?= .

GO       ?= go
PACKAGES := ./...
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null)
LDFLAGS  := $(if $(VERSION),-X main.version=$(VERSION))
BIN      := bin/lichtspur

.DEFAULT_GOAL := build
.PHONY: build run load test lint fuzz bench ui node browser clean

build:
	$(GO) build -trimpath -ldflags "$(LDFLAGS)" -o $(BIN) ./cmd/lichtspur

# run: a data directory with the public record and exercise events, served on this machine alone. Loading can be
# interrupted and repeated: what is already recorded is answered as a duplicate. The mark says that it was finished.
run: build $(DATA)/.loaded
	$(BIN) serve --data $(DATA) --listen $(LISTEN) --demo

$(DATA)/.loaded:
	@$(MAKE) --no-print-directory load
	@touch $@

load: build
	test -d $(DATA)/ledger || $(BIN) init --data $(DATA) --origin localhost/lichtspur/demonstration
	$(BIN) record --data $(DATA)
	$(BIN) simulate --declarations | $(BIN) ingest --data $(DATA) -
	$(BIN) simulate --events $(EVENTS) --seed $(SEED) | $(BIN) ingest --data $(DATA) --source exercise -

# test: everything that must hold before a change lands, with the set-up that it needs. staticcheck, vet and gofmt
# come first because they are quick. The race detector runs over all tests, one package at a time on small machines.
test: lint ui
	$(GO) test -race -timeout 20m $(PACKAGES)

lint:
	@out="$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go'))"; \
	if [ -n "$$out" ]; then echo "gofmt would change:"; echo "$$out"; exit 1; fi
	$(GO) vet $(PACKAGES)
	$(GO) tool staticcheck $(PACKAGES)

# fuzz: every fuzz target of every package, FUZZTIME each.
fuzz:
	@set -e; for pkg in $$($(GO) list $(PACKAGES)); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "== $$pkg $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$pkg; \
	  done; \
	done

bench:
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem $(PACKAGES)

# ui: the page's own checks, once there is a page.
ifneq ($(wildcard ui/package.json),)
ui: node browser
	cd ui && npm ci --no-audit --no-fund && npm run check && npm test

# Node 20 is what the page is built with. On Debian as root it is installed, elsewhere the reader is told.
node:
	@major="$$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\).*/\1/p')"; \
	if [ "$${major:-0}" -lt 20 ] && [ -f /etc/debian_version ] && [ "$$(id -u)" = 0 ]; then \
	  apt-get update -q && apt-get install -y -q nodejs npm; \
	  major="$$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\).*/\1/p')"; \
	fi; \
	if [ "$${major:-0}" -lt 20 ]; then echo "Node 20 or newer is needed for the page's tests; found: $${major:-none}"; exit 1; fi

browser:
	@if ! command -v chromium >/dev/null && [ -f /etc/debian_version ] && [ "$$(id -u)" = 0 ]; then \
	  apt-get update -q && apt-get install -y -q chromium; \
	fi; \
	command -v chromium >/dev/null || { echo "Chromium is needed for the page's tests"; exit 1; }
else
ui node browser:
	@:
endif

clean:
	rm -rf bin
	$(GO) clean -testcache
