#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/base/json.h"

namespace testbed {

// What the cache knows about one recipe that was carried out: a file of recipes/.
struct CacheRecord {
  std::string recipe;                 // its key
  std::string name, label;            // of the artifact
  std::string source;                 // the kind that yielded it
  std::string digest;                 // of the tree: the object's name
  std::string stamp;                  // look_at_tree() when the digest was last true
  std::vector<std::string> failures;  // reasons of the sources tried before
  std::uint64_t bytes = 0;            // on disk
  std::int64_t created = 0;           // seconds since 1970
  std::int64_t last_used = 0;         // the file's mtime, so that a use costs no writing
};

std::string to_text(const CacheRecord& record);
Result<CacheRecord> parse_record(std::string_view text);

}  // namespace testbed
