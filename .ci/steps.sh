# shellcheck shell=bash
# The steps of a job that keeps a matrix, for .ci/run, .github/workflows/matrix.yml and .gitlab-ci.yml alike: each is a
# function of the folder in which the job keeps its files. Sourced by bash at the checkout's root.

# What `testbed run` and `merge` end with when there is a matrix, whatever it says; the gate decides.
has_matrix() { [ "$1" -le 4 ] && [ "$1" != 3 ]; }

# run_shard FOLDER SCENARIO K/N: one part of the matrix, as FOLDER/shard-K.tar.zst.
run_shard() {
  local folder=$1 scenario=$2 shard=$3 status=0 k
  k=${shard%/*}
  mkdir -p "$folder"
  # A results folder of its own: `latest` is this run, whatever else runs here.
  export TESTBED_RESULTS="$folder/results-$k"
  ./testbed run "$scenario" --shard "$shard" || status=$?
  has_matrix "$status" && ./testbed archive latest --output "$folder/shard-$k.tar.zst"
  local archived=$?
  unset TESTBED_RESULTS
  return "$archived"
}

# merge_shards FOLDER: the whole matrix as FOLDER/matrix.tar.zst. Ends as the run would have.
merge_shards() {
  local folder=$1 status=0
  export TESTBED_RESULTS="$folder/results-merged"
  ./testbed merge "$folder"/shard-*.tar.zst || status=$?
  has_matrix "$status" && { ./testbed archive latest --output "$folder/matrix.tar.zst" || status=70; }
  unset TESTBED_RESULTS
  return "$status"
}

# gate_against FOLDER LAST [POLICY]: whether the matrix is fit to follow LAST; FOLDER/gate.md says what changed. Without a
# LAST there is nothing to hold it against, which is said and no failure.
gate_against() {
  local folder=$1 last=$2 policy=${3:-scenarios/policies/nightly.yaml} status=0
  if [ ! -e "$last" ]; then
    echo "There is no earlier matrix to compare with." | tee "$folder/gate.md"
    return 0
  fi
  ./testbed gate "$last" "$folder/matrix.tar.zst" --policy "$policy" --format markdown > "$folder/gate.md" || status=$?
  cat "$folder/gate.md"
  return "$status"
}

# publish FOLDER: the reports in FOLDER/public, for a web server, and junit.xml beside it, all from the archive.
publish() {
  local folder=$1
  mkdir -p "$folder/public"
  ./testbed report "$folder/matrix.tar.zst" --format html > "$folder/public/index.html" || return
  ./testbed report "$folder/matrix.tar.zst" --format svg > "$folder/public/matrix.svg" || return
  ./testbed report "$folder/matrix.tar.zst" --format badge > "$folder/public/badge.svg" || return
  ./testbed report "$folder/matrix.tar.zst" --format markdown > "$folder/summary.md" || return
  ./testbed report "$folder/matrix.tar.zst" --format junit > "$folder/junit.xml" || return
  cp "$folder/matrix.tar.zst" "$folder/public/"
}
