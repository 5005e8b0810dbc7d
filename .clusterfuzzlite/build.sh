#!/usr/bin/env bash
# As for OSS-Fuzz.
set -euo pipefail
exec "$SRC/touchstone/fuzz/oss-fuzz/build.sh"
