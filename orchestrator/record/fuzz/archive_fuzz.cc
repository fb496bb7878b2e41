// An archive from who knows where, within small limits. Whatever it is, no name leads out of its
// folder, no more than the limits is read, and the log in it is read as a log is.
#include <cstddef>
#include <cstdint>

#include "orchestrator/base/check.h"
#include "orchestrator/record/archive_reader.h"

namespace testbed {
namespace {

constexpr ArchiveLimits kLimits{.bytes = std::uint64_t{4} << 20,
                                .free_bytes = std::uint64_t{1} << 20,
                                .ratio = 100,
                                .longest_name = 256};

void walk(std::string_view bytes) {
  auto stream = ArchiveStream::over(bytes, "fuzz", kLimits);
  if (!stream) return;
  std::uint64_t read = 0;
  while (const auto name = stream->next()) {
    CHECK(name->find("..") != 0 && name->find("/../") == std::string::npos, "a name leads out");
    CHECK(name->size() <= kLimits.longest_name, "a name is too long");
    while (const auto piece = stream->read()) read += piece->size();
  }
  // One block more than the limit may have been unpacked when it is seen.
  CHECK(read <= kLimits.bytes + (std::uint64_t{1} << 20), "more was read than may be");
}

}  // namespace
}  // namespace testbed

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace testbed;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  walk(bytes);
  auto stream = ArchiveStream::over(bytes, "fuzz", kLimits);
  if (!stream) return 0;
  if (const auto run = read_archived_run(std::move(*stream), "fuzz"))
    CHECK(run->missing.empty() || !run->complete || run->results.size() <= run->planned.size(),
          "results of what is not planned");
  return 0;
}
