#include "orchestrator/artifact/cache_record.h"

namespace testbed {

std::string to_text(const CacheRecord& record) {
  json::array failures;
  for (const std::string& failure : record.failures) failures.push_back(json::value(failure));
  return to_pretty(json::object{{"recipe", record.recipe},
                                {"name", record.name},
                                {"label", record.label},
                                {"source", record.source},
                                {"digest", record.digest},
                                {"stamp", record.stamp},
                                {"failures", std::move(failures)},
                                {"bytes", record.bytes},
                                {"created", record.created}});
}

Result<CacheRecord> parse_record(std::string_view text) {
  const json::value value = TRY(parse_json(text));
  if (!value.is_object()) return Error{"not an object"};
  const json::object& object = value.as_object();
  CacheRecord record{.recipe = text_or(object, "recipe"),
                     .name = text_or(object, "name"),
                     .label = text_or(object, "label"),
                     .source = text_or(object, "source"),
                     .digest = text_or(object, "digest"),
                     .stamp = text_or(object, "stamp"),
                     .failures = {},
                     .bytes = static_cast<std::uint64_t>(number_or(object, "bytes")),
                     .created = number_or(object, "created"),
                     .last_used = 0};
  const json::value* failures = object.if_contains("failures");
  if (failures && failures->is_array()) {
    for (const json::value& failure : failures->as_array()) {
      if (failure.is_string()) record.failures.emplace_back(failure.as_string());
    }
  }
  // The digest becomes part of a path that may be removed.
  if (record.digest.size() != 128 ||
      record.digest.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return Error{"it has no digest"};
  }
  return record;
}

}  // namespace testbed
