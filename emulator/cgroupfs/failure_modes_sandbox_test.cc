// What goes wrong with FUSE servers inside gVisor, and how this one fares. Each test shows the
// trouble first, at a version that has it and mostly with a server that is made to be naive, then
// that the emulator survives. The checks run as a scenario of testbed, whose exit code says whether
// all of them hold.
#include <gtest/gtest.h>

#include "orchestrator/base/files.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/base/testing/require_host.h"

namespace testbed {
namespace {

constexpr milliseconds kBuildAndRun(40 * 60'000);  // the first time a version is built

struct Check {
  std::string name;
  std::string where;   // versions: ">=20230214", or "" for all
  std::string script;  // for sh; it holds when that exits with 0
};

// Shell functions for the scripts. `naive OPTION...` starts a second server on /tmp/naive.
constexpr const char* kPrelude = R"sh(
        set -u
        naive() {
          rm -f /tmp/naive-ready
          setsid cgroupfs --mounts single --make-dir --ready-file /tmp/naive-ready "$@" /tmp/naive </dev/null >/dev/null 2>&1 &
          naive=$!
          for i in $(seq 100); do [ -e /tmp/naive-ready ] && return 0; sleep 0.05; done
          return 1
        }
        server() {
          for p in /proc/[0-9]*; do [ "$(cat $p/comm 2>/dev/null)" = cgroupfs ] && basename $p; done | sort -n | head -n 1
        }
        resident() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' /proc/$(server)/status; }
)sh";

std::string scenario_of(const std::string& sandboxes, const std::vector<Check>& checks) {
  std::string text =
      "scenario: failure-modes\nquestion: Does the emulator survive?\nimage: debian-base\n"
      "axes: {sandbox: [" +
      sandboxes +
      "], approach: [fuse-cgroup]}\n"
      "ladder:\n  - {rung: served, run: [probe, mountpoint, \"${cgroup}\"], errno: OK}\n"
      "checks:\n";
  for (const Check& check : checks) {
    text += "  - check: " + check.name + "\n    run:\n      - sh\n      - -c\n      - |" +
            std::string(kPrelude) + "        " + check.script + "\n";
    if (!check.where.empty()) text += "    where: {sandbox: " + check.where + "}\n";
  }
  return text + "limits: {cell: 100s, step: 60s}\n";
}

class FailureModes : public testing::Test {
 protected:
  void SetUp() override {
    REQUIRE_HOST(host::lacks_overlay_mounts());
    REQUIRE_HOST(host::lacks_fuse());
  }

  void expect_all(const std::string& sandboxes, const std::vector<Check>& checks) {
    const TempDir dir = TempDir::make("/run", "failure-modes-test").value();
    const fs::path file = dir.path() / "scenario.yaml";
    ASSERT_TRUE(is_ok(write_file(file, scenario_of(sandboxes, checks))));
    const auto output =
        run_command({.argv = {TESTBED_BINARY_DIR "/bin/testbed", "run", file.string()},
                     .env = {{"TESTBED_HOME", TESTBED_SOURCE_DIR},
                             {"TESTBED_RESULTS", (dir.path() / "results").string()},
                             {"TESTBED_RUN_DIR", (dir.path() / "run").string()}}},
                    Deadline::after(kBuildAndRun));
    ASSERT_TRUE(is_ok(output));
    EXPECT_EQ(describe(output->status), "exit code 0") << output->out << output->err;
  }
};

constexpr const char* kAll = "runsc-20221219, runsc-20240722, runsc-20260701";
constexpr const char* kOldest = "runsc-20221219";
constexpr const char* kSince2023 = "runsc-20240722, runsc-20260701";
constexpr const char* kMiddle = "runsc-20240722";
constexpr const char* kNewest = "runsc-20260701";

TEST_F(FailureModes, F1WithoutAnAccessHandlerEveryCallFailsAndTheEmulatorHasOne) {
  expect_all(kSince2023,
             {{"naive", "", "naive --without access && probe --expect ENOSYS stat /tmp/naive/cpu"},
              {"emulator", "", "probe --expect OK stat ${cgroup}/cpu"}});
}

TEST_F(FailureModes, F2ARefusedWriteIsEioAndStillChangesNothing) {
  const std::string kept =
      "mkdir ${cgroup}/cpu/a && echo 7 > ${cgroup}/cpu/a/cpu.shares && "
      "probe --expect $expected write ${cgroup}/cpu/a/cpu.shares text && "
      "[ \"$(cat ${cgroup}/cpu/a/cpu.shares)\" = 7 ]";
  expect_all(kAll, {{"turned-into-eio", kMiddle, "expected=EIO; " + kept},
                    {"true-before", kOldest, "expected=EINVAL; " + kept},
                    {"true-again", kNewest, "expected=EINVAL; " + kept}});
}

TEST_F(FailureModes, F3ADirectoryThatNobodyLookedUpIsRemovedAfterALook) {
  // mkdir(2) adds the name to gVisor's cache; the server's own hierarchies are never looked up by
  // it.
  expect_all(
      kMiddle,
      {{"not-asked", "", "probe --expect ENOENT rmdir ${cgroup}/freezer"},
       {"asked-after-a-look", "",
        "probe stat ${cgroup}/freezer; probe --expect EPERM rmdir ${cgroup}/freezer"},
       {"group", "", "mkdir ${cgroup}/cpu/a && stat ${cgroup}/cpu/a && rmdir ${cgroup}/cpu/a"}});
}

// What Go's runtime does to its own threads, which retry on EINTR as package os does. A call that
// takes longer than signals are apart is interrupted each time: their number is bounded, so that
// the loop ends on a loaded machine too.
constexpr const char* kStorm = R"sh(perl -e '
          use POSIX ();
          POSIX::sigaction(POSIX::SIGURG, POSIX::SigAction->new(sub {}, POSIX::SigSet->new, POSIX::SA_RESTART));
          my $parent = $$; my $storm = fork;
          if (!$storm) { for (1 .. 400) { kill "URG", $parent; select undef, undef, undef, 0.003 } exit }
          my ($interrupted, @wrong) = (0);
          sub retried {
            my ($call, $done, $what) = @_;
            until ($call->()) {
              return if $interrupted && $done && $! == $done;
              push(@wrong, "$what: $!"), return unless $!{EINTR};
              $interrupted++;
            }
          }
          for my $i (1 .. 60) {
            my $name = "$ARGV[0]/g" . $i % 3;
            retried(sub { mkdir $name }, POSIX::EEXIST, "mkdir");
            retried(sub { stat $name }, 0, "stat");
            retried(sub { rmdir $name }, POSIX::ENOENT, "rmdir");
          }
          kill "KILL", $storm; waitpid $storm, 0;
          print "interrupted $interrupted wrong @wrong\n"; exit(@wrong > 0);' )sh";

// What is listed is what stat(2) finds, and all of it can be made and removed.
constexpr const char* kConsistent = R"sh(
        for n in g0 g1 g2; do
          listed=$(busybox ls ${cgroup}/cpu | grep -cx $n)
          [ -d ${cgroup}/cpu/$n ] && found=1 || found=0
          [ $listed = $found ] || exit 2
          [ $found = 0 ] || rmdir ${cgroup}/cpu/$n || exit 3
          mkdir ${cgroup}/cpu/$n && rmdir ${cgroup}/cpu/$n || exit 4
        done)sh";

TEST_F(FailureModes, F4AfterInterruptedCallsTryingAgainSucceedsAndTheTreeIsConsistent) {
  expect_all(kAll, {{"storm", "", std::string(kStorm) + "${cgroup}/cpu"},
                    {"afterwards", "", kConsistent}});
}

TEST_F(FailureModes, F5ANameThatGvisorKeepsForEverCanBeMadeAndRemovedAgain) {
  // The naive server answers one rmdir with ENOENT, as one whose carried out rmdir was interrupted
  // would the next.
  expect_all(
      kOldest,
      {{"naive", "",
        "naive --fail rmdir=ENOENT && mkdir /tmp/naive/cpu/a && ! rmdir /tmp/naive/cpu/a && "
        "! mkdir /tmp/naive/cpu/a"},
       {"emulator", "",
        "for i in 1 2 3; do mkdir ${cgroup}/cpu/a && rmdir ${cgroup}/cpu/a || exit 1; done"}});
}

TEST_F(FailureModes, F6AnAbsentNameIsAnErrorAndNotNodeZeroSoThatTheSandboxLives) {
  // A reply with node 0 cannot be had from cgroupfs: what is shown is that it never gives one.
  expect_all(kAll,
             {{"absent", "",
               "for n in a b c; do probe --expect ENOENT stat ${cgroup}/cpu/$n || exit 1; done"},
              {"alive", "", "probe --expect OK stat ${cgroup}/cpu"}});
}

TEST_F(FailureModes, F7AnErrnoOutsideTheTableIsNeverSentNotEvenOnRequest) {
  expect_all(kAll,
             {{"refused", "", "cgroupfs --fail read=errno512 /tmp/naive 2>/dev/null; [ $? = 65 ]"},
              {"largest", "",
               "naive --fail open=EHWPOISON && probe --expect EHWPOISON open "
               "/tmp/naive/cpu/cpu.shares r && probe --expect OK stat /tmp/naive"}});
}

TEST_F(FailureModes, F8MountinfoIsReadWhileTheServerWorksAndHangsOnlyWhileItIsStopped) {
  const std::string stopped =
      "kill -STOP $(server); timeout 2 cat /proc/self/mountinfo >/dev/null; code=$?; "
      "kill -CONT $(server); [ $code = ";
  expect_all("runsc-20240722, runsc-20260701",
             {{"hangs-while-stopped", kMiddle, "s=$(server); " + stopped + "124 ]"},
              {"asks-nobody", kNewest, "s=$(server); " + stopped + "0 ]"},
              {"works", "",
               "(for i in $(seq 50); do cat ${cgroup}/cpu/cpu.shares; done >/dev/null) & "
               "for i in $(seq 20); do timeout 10 cat /proc/self/mountinfo >/dev/null || exit 1; "
               "done; wait"}});
}

TEST_F(FailureModes, F9AListingThatIsRewoundMayBeEmptyAndOneThatIsOpenedAnewIsComplete) {
  const std::string count =
      "perl -e 'opendir D, $ARGV[0]; my @a = readdir D; rewinddir D; my @b = readdir D; opendir E, "
      "$ARGV[0]; my @c = readdir E; print scalar(@a), \" \", scalar(@b), \" \", scalar(@c), "
      "\"\\n\"; "
      "exit !(@a > 5 && @a == @c && @b == $ARGV[1] * @a)' ${cgroup}/cpu ";
  expect_all(kAll, {{"rewound-is-empty", "", count + "0"}});
}

TEST_F(FailureModes, F10DirectoriesOfSeveralRepliesAreListedWhole) {
  expect_all(kAll,
             {{"two-hundred", "",
               "for i in $(seq 200); do mkdir ${cgroup}/cpu/a-long-name-of-a-group-$i || exit "
               "1; done; [ $(busybox ls ${cgroup}/cpu | grep -c a-long-name) = 200 ]"}});
}

TEST_F(FailureModes, F11NoFileClaimsToBeEmptySoAllCanBeRead) {
  expect_all(
      kAll,
      {{"sizes", "",
        "for f in ${cgroup}/cpu/* ${cgroup}/memory/*; do [ -d $f ] || [ -s $f ] || { echo $f; "
        "exit 1; }; done"},
       {"read", "", "[ \"$(cat ${cgroup}/cpu/cpu.shares)\" = 1024 ]"}});
}

// The middle of what perl runs: reads on `F` after a short one, then what must hold of them.
std::string reads(const std::string& body) {
  return "perl -e 'open F, q(<), $ARGV[0]; sysread F, $a, 3; " + body + "' ${cgroup}/cpu/cpu.stat";
}

TEST_F(FailureModes, F12AShortReadDoesNotShortenTheNextOne) {
  // The oldest goes on where the last read ended, whatever lseek(2) was told.
  expect_all(
      kAll,
      {{"goes-on", "", reads("sysread F, $b, 4096; exit !(length($b) > 40)")},
       {"again", "\">=20230214\"",
        reads("sysread F, $b, 4096; sysseek F, 0, 0; sysread F, $c, 4096; exit !($a . $b eq "
              "$c && length($c) > 40)")},
       {"after-a-seek-to-the-end", "\">=20230214\"",
        reads("sysseek F, 0, 2; sysseek F, 0, 0; sysread F, $c, 4096; exit !(length($c) > "
              "40 && $c =~ /^$a/)")},
       {"seek-ignored", kOldest,
        reads("sysseek F, 0, 0; sysread F, $c, 4096; exit !(length($c) > 40 && $c !~ /^$a/)")},
       {"opened-anew", "",
        reads("open G, q(<), $ARGV[0]; sysread G, $c, 4096; exit !($c =~ /^$a/)")}});
}

TEST_F(FailureModes, F13AMkdirThatWaitsHoldsUpItsOwnHierarchyAloneAndAllGoOnAfterwards) {
  // gVisor holds a lock of the whole mount while mkdir(2) waits: each hierarchy is a mount.
  const std::string slow =
      "naive --mounts separate --control /tmp/ctl && "
      "cgroupfs ctl /tmp/ctl inject 'path=*/slow' op=mkdir delay_ms=4000 times=1 && "
      "{ mkdir /tmp/naive/cpu/slow & sleep 0.5; "
      "cat /tmp/naive/cpu/cpu.shares >/tmp/same & cat /tmp/naive/memory/memory.swappiness "
      ">/tmp/other & "
      "sleep 1.5; [ -s /tmp/same ]; same=$?; [ -s /tmp/other ]; other=$?; wait $!; "
      "sleep 3; echo same $same other $other; [ $same = 1 ] && [ $other = 0 ] && "
      "[ \"$(cat /tmp/same)\" = 1024 ] && rmdir /tmp/naive/cpu/slow; }";
  expect_all(kAll, {{"held-up", "", slow}});
}

TEST_F(FailureModes, F14WithoutForgetTheMemoryIsBoundedByNamesThatAreKept) {
  const std::string cycles =
      "perl -e '$| = 1; for (1..10000) { my $g = \"${cgroup}/cpu/g$_\"; mkdir $g or die $!; "
      "rmdir $g or die $!; print \"half\\n\" if $_ == 5000 }' > /tmp/cycles & client=$!; "
      "while ! grep -q half /tmp/cycles; do kill -0 $client || exit 1; sleep 0.05; done; "
      "before=$(resident); wait $client || exit 1; after=$(resident); "
      "echo \"$before KiB, then $after KiB\"; ";
  expect_all(kAll, {{"flat", "", cycles + "[ $after -lt $((before + 512)) ]"},
                    {"no-forget", "", "! grep -q '\"op\":\"FORGET\"' ${out}/cgroupfs.ndjson"}});
}

TEST_F(FailureModes, F15NothingOnTheMountCanBeMappedOrRunAndTryingHarmsNothing) {
  expect_all(kAll, {{"map", kOldest, "probe --expect ENODEV mmap ${cgroup}/cpu/cpu.shares"},
                    {"map-later", kMiddle, "probe --expect ENOSYS mmap ${cgroup}/cpu/cpu.shares"},
                    {"run", "", "${cgroup}/cpu/cpu.shares 2>/dev/null; [ $? = 126 ]"},
                    {"read", "", "[ \"$(cat ${cgroup}/cpu/cpu.shares)\" = 1024 ]"}});
}

TEST_F(FailureModes, F16WithoutAFlushHandlerCloseFailsAndTheEmulatorHasOne) {
  expect_all(kNewest,
             {{"naive", "",
               "naive --without flush && probe --expect ENOSYS close /tmp/naive/cpu/cpu.shares"},
              {"emulator", "", "probe --expect OK close ${cgroup}/cpu/cpu.shares"}});
}

// Nothing is asked of the server for it: the sandbox fills in the mode only with STATX_MODE.
TEST_F(FailureModes, F17ATypeThatIsAskedAloneIsNoneAndStandsInTheModeOtherwise) {
  const std::string mode_for =
      "mode() { perl -e '$b = \"\\0\" x 256; $p = shift; "
      "syscall(332, -100, $p, 0x4000, shift() + 0, $b) == 0 or die $!; "
      "print unpack(\"x28 S\", $b)' ${cgroup}/cpu $1; }; ";
  expect_all(kSince2023, {{"type", "", mode_for + "[ \"$(mode 1)\" = 0 ]"},
                          {"type-and-mode", "", mode_for + "[ \"$(mode 3)\" -gt 16384 ]"}});
}

}  // namespace
}  // namespace testbed
