# `make demo` and `make test` set everything up and run; nothing is installed
# outside of .venv. A second call does not install again.

PYTHON ?= python3
VENV := .venv
READY := $(VENV)/ready
RUN := $(VENV)/bin/python
# The formatter of BUILD files.
BUILDIFIER := $(VENV)/node_modules/.bin/buildifier
BACKENDS := tensorflow jax torch
# Tests that run at the same time; each process takes up to 4 GB of memory.
JOBS := 2
LOWEST = .venv-lowest/bin/python -m pytest
# Apache Beam is installed there.
BEAM := tests/data/plumbing/beam_workers_test.py
CORE := backend and not slow
TESTS_tensorflow := -m "not slow and not slow_on_tensorflow and not tfds"
TESTS_jax := -m "$(CORE) and not slow_on_jax" tests
TESTS_torch := -m "$(CORE)" tests
PYTEST = $(RUN) -m pytest -n $(JOBS) --dist loadgroup
# TensorFlow leaves oneDNN out on CPUs without AVX-512, where it is up to 100
# times faster.
export TF_ENABLE_ONEDNN_OPTS := 1
export TF_CPP_MIN_LOG_LEVEL := 3
# With it, each process would compile TensorFlow's modules anew, for 15 seconds.
unexport PYTHONDONTWRITEBYTECODE
# JAX compiles each program of a suite once, and not again in the next run,
# and quickly: tests run for moments.
export JAX_DISABLE_MOST_OPTIMIZATIONS := true
export JAX_COMPILATION_CACHE_DIR := $(CURDIR)/$(VENV)/jax-cache
export JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS := 0
export JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES := -1

.PHONY: demo test test-all test-more test-lowest env lint rules smoke mutants \
  docs clean

demo: env
	$(RUN) examples/sscl.py

# Minutes: all that is not slow, and on JAX and PyTorch what depends on them.
test: env
	$(foreach backend,$(BACKENDS),\
	  KERAS_BACKEND=$(backend) $(PYTEST) $(TESTS_$(backend)) &&) true

# Everything, on every backend, every BUILD file's report, small, and one with
# every option of every method.
test-all: env .venv-lowest/ready
	KERAS_AV_BEAM=1 KERAS_BACKEND=tensorflow $(LOWEST) $(BEAM)
	for backend in $(BACKENDS); do \
	  KERAS_BACKEND=$$backend $(PYTEST) || exit 1; \
	done
	$(BUILD) $(REPORTS) //tests/rules/every_option:report
	for backend in jax torch; do \
	  KERAS_BACKEND=$$backend $(BUILD) \
	    //configs/contrastive:batch_retrieval || exit 1; \
	done

env: $(READY)

lint: env $(BUILDIFIER)
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(BUILDIFIER) -mode=check -lint=warn -r configs WORKSPACE
	$(BUILDIFIER) -mode=check -r tests

# What depends on which rules there are, for BUILD files and editors.
rules: env
	KERAS_BACKEND=tensorflow $(RUN) -m keras_av.rules.table
	$(VENV)/bin/ruff format -q keras_av/rules

# The lowest versions that pyproject.toml allows, and tensorflow-io, which
# newer ones do not load: what depends on the backend, and what needs it.
test-lowest: .venv-lowest/ready
	KERAS_BACKEND=tensorflow $(LOWEST) -n $(JOBS) \
	  -m "$(CORE) and not slow_on_tensorflow" tests
	KERAS_AV_TFIO=1 KERAS_BACKEND=tensorflow $(LOWEST) -n $(JOBS) \
	  tests/data/readers/graph_sounds_test.py
	KERAS_AV_BEAM=1 KERAS_BACKEND=tensorflow $(LOWEST) -n $(JOBS) \
	  -m "not slow" $(BEAM)

# What takes seconds on TensorFlow or JAX, or goes through tensorflow-datasets.
test-more: env
	KERAS_BACKEND=tensorflow $(PYTEST) tests \
	  -m "not slow and (slow_on_tensorflow or tfds)"
	KERAS_BACKEND=jax $(PYTEST) -m "$(CORE) and slow_on_jax" tests

# Every example, the pages and a BUILD file, small, as a newcomer would start
# them, several at a time.
EXAMPLES := contrastive moco cma synchronization separation transcripts \
  skimming ccl hints
SMOKE_RUNS := $(addprefix smoke-,sscl builds pages listen_to_look $(EXAMPLES))

.PHONY: $(SMOKE_RUNS)

smoke: env
	$(MAKE) --jobs=$(JOBS) --output-sync $(SMOKE_RUNS)

$(addprefix smoke-,$(EXAMPLES)): smoke-%:
	$(RUN) examples/$*.py --scale=smoke --output=out/smoke/$*

smoke-sscl:
	$(RUN) examples/sscl.py --scale=smoke --output=out/smoke/sscl
	for backend in $(BACKENDS); do \
	  KERAS_BACKEND=$$backend $(RUN) examples/take_away.py --scale=smoke \
	    --preset=out/smoke/sscl/video_backbone \
	    --output=out/smoke/take_away || exit 1; \
	done

smoke-listen_to_look:
	$(RUN) examples/listen_to_look.py --scale=smoke \
	  --output=out/smoke/listen_to_look
	$(RUN) examples/export_student.py --scale=smoke \
	  --preset=out/smoke/listen_to_look/student \
	  --output=out/smoke/export_student

smoke-pages:
	KERAS_BACKEND=tensorflow $(RUN) -m pytest tests/house/pages_test.py

BUILD := $(VENV)/bin/keras_av build --define=scale=smoke --out=out/smoke/builds
SSCL := //configs/sscl:report //configs/sscl:saved_model
REPORTS := $(SSCL) //configs/listen_to_look:report \
  //configs/listen_to_look:videos //configs/ccl:report //configs/hints:report

# The documentation, in out/docs; a dead link or name is an error.
docs: env
	$(VENV)/bin/zensical build --clean --strict

# What was built is not built again.
smoke-builds:
	$(BUILD) $(SSCL)
	! $(BUILD) $(SSCL) --dry_run | grep -v "^done"

# Changes of the library that its tests should not let pass; takes hours.
mutants: env
	KERAS_BACKEND=torch $(RUN) -m tests.mutants

clean:
	rm -rf $(VENV) .venv-lowest out

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  { apt-get update && apt-get install -y python3-venv; }
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --upgrade pip
	$(RUN) -m pip install --quiet --no-compile --editable '.[test]'
	touch $@

$(BUILDIFIER): $(READY)
	npm install --silent --no-save --no-package-lock --prefix $(VENV) \
	  @bazel/buildifier@8.2.1
	touch $@

.venv-lowest/ready: pyproject.toml
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python -m pip install --quiet --upgrade pip
	.venv-lowest/bin/python -m pip install --quiet --no-compile \
	  --editable '.[beam,tfio]' \
	  apache-beam==2.77.0 keras==3.15.0 tensorflow==2.16.2 \
	  librosa==0.11.0 pytest==9.2.0 pytest-xdist==3.8.0
	touch $@
