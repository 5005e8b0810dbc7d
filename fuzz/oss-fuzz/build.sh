#!/usr/bin/env bash
# Builds the fuzz targets as OSS-Fuzz and ClusterFuzzLite ask for it: $CC, $CXX, $CFLAGS, $CXXFLAGS
# and $LIB_FUZZING_ENGINE say how, $OUT takes the targets with seeds, dictionaries and options.
set -euo pipefail
: "${SRC:?}" "${OUT:?}" "${WORK:?}" "${LIB_FUZZING_ENGINE:?}"
source=${TOUCHSTONE_SOURCE:-$SRC/touchstone}
build=$WORK/touchstone

cmake -S "$source" -B "$build" -G Ninja --log-level=WARNING \
  -DCMAKE_BUILD_TYPE= -DTOUCHSTONE_FUZZ=engine -DTOUCHSTONE_TESTS=OFF -DTOUCHSTONE_BENCH=OFF
cmake --build "$build" --target fuzz_programs

# What the differential targets hold against the reference: itself, behind its C interfaces.
for library in touchstone-reference-plugin liteipc liteipc_newer; do
  cp "$build/lib/touchstone/$library.so" "$OUT/"
done
# What the targets read: the contract, and the descriptions of interfaces.
data=$OUT/touchstone-data
mkdir -p "$data/conformance/cases" "$data/corpora"
cp -r "$source/spec" "$data/"
cp -r "$source/corpora/interfaces" "$data/corpora/"

for program in "$build"/bin/fuzz/*; do
  target=$(basename "$program")
  cp "$program" "$OUT/$target"
  seeds=$WORK/seeds/$target
  rm -rf "$seeds"
  "$build/bin/make_seeds" "$target" "$seeds"
  rm -f "$OUT/${target}_seed_corpus.zip"
  (cd "$seeds" && zip -q -r "$OUT/${target}_seed_corpus.zip" .)
  {
    echo "[libfuzzer]"
    echo "max_len = 65536"
    echo "timeout = 10"
    dictionary=$source/fuzz/dictionaries/$target.dict
    if [[ -f $dictionary ]]; then
      cp "$dictionary" "$OUT/$target.dict"
      echo "dict = $target.dict"
    fi
  } > "$OUT/$target.options"
done
