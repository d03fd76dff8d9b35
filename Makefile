# aidtrace: `make serve` and `make test` each do all their own set-up.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
JENA := 5.3.0
FUSEKI := 5.6.0

.PHONY: serve test check docs engines wheel lock benchmark benchmark-serving benchmark-validation benchmark-tracing benchmark-importing benchmark-analytics benchmark-pages benchmark-browser benchmark-remote benchmark-readers benchmark-cluster soak words clean

# What the documentation is made of, and what makes it.
TOLD := $(shell find docs deploy ontology shapes queries src/aidtrace -type f -not -path '*/__pycache__/*' -not -path '*/built/*') \
    $(wildcard *.md benchmarks/*.md) pyproject.toml

serve: $(VENV)/.ready docs
	$(BIN)/aidtrace serve

test: check docs engines
	$(BIN)/python -m pytest

check: $(VENV)/.ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

benchmark: $(VENV)/.ready
	$(BIN)/python benchmarks/startup.py

# The peers live in an environment of their own: one of them pins what we do not.
benchmark-serving: $(VENV)/.ready
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --require-hashes -r requirements-bench.lock
	$(BIN)/python benchmarks/serving.py .venv-bench/bin

benchmark-tracing: $(VENV)/.ready
	$(BIN)/python benchmarks/tracing.py

# The RML engines pin other releases of the libraries; SDM-RDFizer wants unixODBC (Debian: unixodbc).
benchmark-importing: $(VENV)/.ready
	$(PYTHON) -m venv .venv-morph && .venv-morph/bin/python -m pip install --quiet morph-kgc==2.10.0
	$(PYTHON) -m venv .venv-rdfizer && .venv-rdfizer/bin/python -m pip install --quiet rdfizer==4.7.5.15.4.1
	$(BIN)/python benchmarks/importing.py $(or $(DATASETS),../shared/datasets) --morph .venv-morph/bin --rdfizer .venv-rdfizer/bin

# Columns beside a store against Virtuoso (Debian: virtuoso-opensource) and the native server.
benchmark-analytics: $(VENV)/.ready
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --require-hashes -r requirements-bench.lock
	$(BIN)/python benchmarks/analytics.py $(or $(DATASETS),../shared/datasets) .venv-bench/bin

benchmark-pages: $(VENV)/.ready
	$(BIN)/python benchmarks/pages.py

# A real browser (Debian: chromium).
benchmark-browser: $(VENV)/.ready
	$(BIN)/python benchmarks/browser.py

# What it costs to stand in front of an engine.
benchmark-remote: $(VENV)/.ready
	$(BIN)/python benchmarks/remote.py

# Two read servers beside one.
benchmark-readers: $(VENV)/.ready
	$(BIN)/python benchmarks/readers.py

# An import that Spark shares out beside one process (Java on the path).
benchmark-cluster: $(VENV)/.ready
	$(BIN)/python benchmarks/cluster.py

benchmark-validation: $(VENV)/.ready
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --require-hashes -r requirements-bench.lock
	mvn -q -B dependency:copy -Dartifact=org.apache.jena:apache-jena:$(JENA):zip -DoutputDirectory=.venv-bench/jena
	cd .venv-bench/jena && $(PYTHON) -m zipfile -e apache-jena-$(JENA).zip . && chmod +x apache-jena-$(JENA)/bin/shacl
	$(BIN)/python benchmarks/validation.py .venv-bench/bin --jena .venv-bench/jena/apache-jena-$(JENA) $(SIZES)

# Ten minutes of mixed load, then a look for what has leaked.
soak: $(VENV)/.ready
	PYTHONPATH=tests $(BIN)/python tests/soak.py

# What there is to translate, for those who do.
words: $(VENV)/.ready
	cd src/aidtrace/web && ../../../$(BIN)/pybabel -q extract -F locale/babel.cfg --omit-header --sort-output --no-location \
	    --no-wrap -o locale/aidtrace.pot .

docs: build/docs/index.html

build/docs/index.html: $(VENV)/.ready $(TOLD)
	$(BIN)/python docs/site/build.py build/docs

# An engine in Java, in front of which the server is tested; without Maven these tests say that they are skipped.
engines:
	@test -e .engines/jena-fuseki-server-$(FUSEKI).jar || ! command -v mvn >/dev/null || mvn -q -B dependency:copy \
	    -Dartifact=org.apache.jena:jena-fuseki-server:$(FUSEKI) -DoutputDirectory=$(CURDIR)/.engines

wheel: $(VENV)/.ready docs
	$(BIN)/python -m hatchling build -t wheel

# The build tools come first: owlready2 is built from its source, with the locked setuptools.
$(VENV)/.ready: requirements-build.lock requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-build.lock
	$(BIN)/python -m pip install --quiet --require-hashes --no-build-isolation -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

# uv resolves for every platform and Python at once; pip installs what it locked.
lock: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --group pyproject.toml:build -o requirements-build.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    pyproject.toml --group build --group dev -o requirements.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --group pyproject.toml:bench -o requirements-bench.lock

clean:
	rm -rf $(VENV) dist
