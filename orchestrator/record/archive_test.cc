#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <functional>

#include "orchestrator/base/sha512.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/record/archive_reader.h"
#include "orchestrator/record/archive_writer.h"
#include "orchestrator/record/result_layout.h"

namespace testbed {
namespace {

constexpr const char* kLog =
    R"({"event":"run-started","run":"r","planned":[{"cell":"s/a"},{"cell":"s/b"}]})"
    "\n"
    R"({"event":"cell-finished","cell":"s/a","outcome":{"observed":"pass","verdict":"ok"}})"
    "\n"
    R"({"event":"run-finished","complete":true,"exit_code":0})"
    "\n";

// An archive that no writer of ours would make.
class Hostile {
 public:
  Hostile() : writer_(::archive_write_new()) {
    ::archive_write_add_filter_zstd(writer_);
    ::archive_write_set_format_gnutar(writer_);
    ::archive_write_set_bytes_in_last_block(writer_, 1);
    ::archive_write_open(writer_, &bytes_, nullptr, append, nullptr);
  }
  Hostile& add(const std::string& name, const std::string& text, unsigned type = AE_IFREG,
               const char* target = nullptr, std::size_t times = 1) {
    archive_entry* entry = ::archive_entry_new();
    ::archive_entry_set_pathname(entry, name.c_str());
    ::archive_entry_set_filetype(entry, type);
    ::archive_entry_set_perm(entry, 0644);
    ::archive_entry_set_size(entry, static_cast<std::int64_t>(text.size() * times));
    if (type == AE_IFLNK) ::archive_entry_set_symlink(entry, target);
    if (type == AE_IFREG && target) ::archive_entry_set_hardlink(entry, target);
    ::archive_write_header(writer_, entry);
    for (std::size_t i = 0; i < times && !target; ++i)
      ::archive_write_data(writer_, text.data(), text.size());
    ::archive_entry_free(entry);
    return *this;
  }
  std::string bytes() {
    if (writer_) ::archive_write_free(writer_);
    writer_ = nullptr;
    return bytes_;
  }

 private:
  static la_ssize_t append(archive*, void* to, const void* from, std::size_t size) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(from), size);
    return static_cast<la_ssize_t>(size);
  }
  archive* writer_;
  std::string bytes_;
};

Result<testbed::Run> read(std::string_view bytes, ArchiveLimits limits = {}) {
  return read_archived_run(TRY(ArchiveStream::over(bytes, "x.tar.zst", limits)), "x.tar.zst");
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

class Archive : public testing::Test {
 protected:
  Archive() {
    EXPECT_TRUE(is_ok(make_directories(run() / "cells/a/1")));
    EXPECT_TRUE(is_ok(write_file(run() / kEventLogName, kLog)));
    EXPECT_TRUE(is_ok(write_file(run() / "report.html", "derived")));
    EXPECT_TRUE(is_ok(write_file(run() / "cells/a/1/says.stdout", "hello\n")));
    EXPECT_TRUE(is_ok(write_file(run() / "cells/a/1/n\xc3\xa4me \xff", "odd\n")));
  }
  fs::path run() const { return directory_.path() / "r"; }
  fs::path file() const { return directory_.path() / "r.tar.zst"; }

  TempDir directory_ = TempDir::make(testing::TempDir(), "archive").value();
};

TEST_F(Archive, IsReadLikeItsFolder) {
  const ArchiveSummary summary = write_archive(run(), file()).value();
  EXPECT_EQ(summary.files, 3u) << "what is derived stays out";
  const testbed::Run read = read_run(file()).value();
  EXPECT_EQ(read.id, "r");
  EXPECT_TRUE(read.complete);
  EXPECT_TRUE(read.missing.empty());
  EXPECT_EQ(read.find("s/a")->outcome.verdict, Verdict::Ok);
  for (const fs::path& place : {run(), file()}) {
    testbed::Run from = read_run(place).value();
    std::string seen;
    const auto missing = read_evidence(
        from, "s/a",
        [&](const std::string& name, const std::string& text) { seen += name + text; });
    EXPECT_EQ(seen, "1/n\xc3\xa4me \xffodd\n1/says.stdouthello\n") << place;
    EXPECT_TRUE(missing->empty());
  }
}

// The archive again, with one file otherwise.
std::string with_another(const std::string& bytes, const std::string& name,
                         const std::function<void(Hostile&, const std::string&)>& put) {
  ArchiveStream stream = ArchiveStream::over(bytes, "x").value();
  Hostile out;
  std::string sums;
  while (const auto member = stream.next()) {
    std::string text;
    while (const auto piece = stream.read()) text += *piece;
    sums += sha512_of(text) + "  " + *member + "\n";
  }
  out.add(std::string("r/") + kSumsName, sums);
  ArchiveStream again = ArchiveStream::over(bytes, "x").value();
  while (const auto member = again.next()) {
    std::string text;
    while (const auto piece = again.read()) text += *piece;
    if (*member == name) {
      put(out, text);
    } else {
      out.add("r/" + *member, text);
    }
  }
  return out.bytes();
}

TEST_F(Archive, ThatWasChangedSaysWhichFile) {
  ASSERT_TRUE(is_ok(write_archive(run(), file())));
  EXPECT_TRUE(check_archive(file())->has_sums);
  EXPECT_TRUE(check_archive(file())->problems.empty());
  const std::string whole = read_file(file()).value();
  const std::string says = "cells/a/1/says.stdout";
  const auto problems = [&](const std::string& bytes) {
    EXPECT_TRUE(is_ok(write_file(file(), bytes)));
    return joined(check_archive(file()).value().problems);
  };
  const std::string changed = problems(with_another(
      whole, says, [&](Hostile& out, const std::string&) { out.add("r/" + says, "bye\n"); }));
  EXPECT_NE(changed.find("'" + says + "' is not what was archived"), std::string::npos) << changed;
  const std::string absent =
      problems(with_another(whole, says, [](Hostile&, const std::string&) {}));
  EXPECT_NE(absent.find("'" + says + "' was archived and is not there"), std::string::npos)
      << absent;
  const std::string more =
      problems(with_another(whole, says, [&](Hostile& out, const std::string& text) {
        out.add("r/" + says, text).add("r/cells/a/1/more", "x");
      }));
  EXPECT_NE(more.find("'cells/a/1/more' is not in SHA512SUMS"), std::string::npos) << more;
}

TEST_F(Archive, WhoseLogWasChangedIsNotComplete) {
  ASSERT_TRUE(is_ok(write_archive(run(), file())));
  const auto changed = read(with_another(read_file(file()).value(), kEventLogName,
                                         [](Hostile& out, const std::string& text) {
                                           std::string other = text;
                                           other.replace(other.find("\"ok\""), 4, "\"xpass\"");
                                           out.add(std::string("r/") + kEventLogName, other);
                                         }));
  ASSERT_TRUE(is_ok(changed));
  EXPECT_FALSE(changed->complete);
  EXPECT_NE(joined(changed->missing).find("is not what was archived"), std::string::npos);
}

TEST_F(Archive, CanBeCheckedByOtherTools) {
  ASSERT_TRUE(is_ok(write_file(run() / "cells/a/1/two\nlines", "odd\n")));
  ASSERT_TRUE(is_ok(write_archive(run(), file())));
  const fs::path out = directory_.path() / "out";
  ASSERT_TRUE(is_ok(make_directories(out)));
  const auto checked = run_command(
      {.argv = {"sh", "-c",
                "tar --zstd -xf \"$1\" && cd r && sha512sum --check --strict SHA512SUMS", "sh",
                file().string()},
       .cwd = out},
      Deadline::after(std::chrono::seconds(20)));
  ASSERT_TRUE(is_ok(checked));
  EXPECT_TRUE(succeeded(checked->status)) << checked->out << checked->err;
  EXPECT_TRUE(check_archive(file())->problems.empty());
}

TEST_F(Archive, OfTheSameFolderHasTheSameBytes) {
  ASSERT_TRUE(is_ok(write_archive(run(), file())));
  const std::string first = read_file(file()).value();
  ASSERT_TRUE(is_ok(write_archive(run(), file())));
  EXPECT_EQ(read_file(file()).value(), first);
}

TEST_F(Archive, HoldsNoLinkAndNothingThatALinkPointsTo) {
  fs::create_symlink("/etc/passwd", run() / "cells/a/1/passwd");
  const ArchiveSummary summary = write_archive(run(), file()).value();
  EXPECT_EQ(joined(summary.left_out), "r/cells/a/1/passwd\n");
  EXPECT_EQ(read_file(file())->find("root:"), std::string::npos);
}

TEST_F(Archive, ThatCannotBeWrittenLeavesNothingBehind) {
  EXPECT_TRUE(fails_with(write_archive(run(), directory_.path() / "no/r.tar.zst"), "ENOENT"));
  ASSERT_TRUE(is_ok(make_directories(file() / "in the way")));
  EXPECT_TRUE(fails_with(write_archive(run(), file()), "rename"));
  EXPECT_EQ(list_directory(directory_.path()).size(), 2u);
}

TEST_F(Archive, CutAnywhereIsAnErrorOrATruePartThatSaysSo) {
  ASSERT_TRUE(is_ok(write_archive(run(), file())));
  const std::string whole = read_file(file()).value();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto part = read(std::string_view(whole).substr(0, size));
    if (!part) continue;
    EXPECT_LE(part->results.size(), 1u);
    EXPECT_TRUE(part->complete || !part->missing.empty()) << size;
  }
}

TEST_F(Archive, OfARunIsFoundByItsPathItsIdAndAsTheLatest) {
  ASSERT_TRUE(is_ok(write_archive(run(), file())));
  EXPECT_EQ(list_runs(directory_.path()), std::vector<std::string>{"r"}) << "once, as its folder";
  ASSERT_TRUE(is_ok(remove_tree(run())));
  EXPECT_EQ(list_runs(directory_.path()), std::vector<std::string>{"r.tar.zst"});
  for (const std::string& name : {std::string("latest"), std::string("r"), file().string()})
    EXPECT_EQ(find_run(directory_.path(), name).value(), file()) << name;
}

TEST(HostileArchive, NamesThatLeadOutAreLeftOutAndTold) {
  Hostile archive;
  archive.add("../r/events.ndjson", kLog)
      .add("/etc/events.ndjson", kLog)
      .add("r/../../x", "x")
      .add("r\\x", "x")
      .add("events.ndjson", kLog)
      .add("r/x", "")
      .add("other/events.ndjson", kLog)
      .add("./r/events.ndjson", kLog);
  const testbed::Run run = read(archive.bytes()).value();
  EXPECT_EQ(run.missing.size(), 6u) << joined(run.missing);
  EXPECT_TRUE(run.complete);
}

TEST(HostileArchive, LinksAndDevicesAreLeftOutAlsoInPlaceOfTheLog) {
  Hostile archive;
  archive.add("r/events.ndjson", "", AE_IFLNK, "/etc/passwd")
      .add("r/events.ndjson", "", AE_IFREG, "/etc/passwd")
      .add("r/events.ndjson", "", AE_IFIFO)
      .add("r/\x1b[2J", "", AE_IFLNK, "/");
  const auto run = read(archive.bytes());
  EXPECT_TRUE(fails_with(run, "holds no record of a run"));
  EXPECT_TRUE(fails_with(run, "a symbolic link"));
  EXPECT_TRUE(fails_with(run, "a hard link"));
  EXPECT_EQ(run.error().message.find('\x1b'), std::string::npos);
}

TEST(HostileArchive, ABombIsNotReadToItsEnd) {
  const std::string zeros(std::size_t{1} << 20, '\0');
  const ArchiveLimits limits{
      .bytes = std::uint64_t{1} << 30, .free_bytes = std::uint64_t{8} << 20, .ratio = 1000};
  Hostile before;  // the log stands behind it
  before.add("r/cells/zeros", zeros, AE_IFREG, nullptr, 256).add("r/events.ndjson", kLog);
  EXPECT_TRUE(fails_with(read(before.bytes(), limits), "1000-fold"));
  Hostile within;  // the log is one
  within.add("r/events.ndjson", kLog + zeros, AE_IFREG, nullptr, 256);
  const testbed::Run run = read(within.bytes(), limits).value();
  EXPECT_FALSE(run.complete);
  EXPECT_NE(joined(run.missing).find("1000-fold"), std::string::npos);
  EXPECT_EQ(run.results.size(), 1u) << "what was read before stays true";
}

TEST(HostileArchive, WhatIsNoArchiveIsAnError) {
  for (const char* bytes : {"", "x", "PK\x03\x04 a zip", "\x28\xb5\x2f\xfd zstd of nothing"})
    EXPECT_FALSE(read(bytes)) << bytes;
  EXPECT_TRUE(fails_with(read(Hostile().add("r/x", "x").bytes()), "holds no record of a run"));
}

TEST(HostileArchive, ALongNameIsLeftOut) {
  Hostile archive;
  archive.add("r/" + std::string(5000, 'x'), "x").add("r/events.ndjson", kLog);
  const testbed::Run run = read(archive.bytes()).value();
  EXPECT_LT(joined(run.missing).size(), 200u);
}

}  // namespace
}  // namespace testbed
