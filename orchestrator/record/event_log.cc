#include "orchestrator/record/event_log.h"

#include <fcntl.h>

#include <cerrno>

#include "orchestrator/model/run_json.h"

namespace testbed {
namespace {

json::object named(std::string_view event, const json::object& members) {
  json::object line = {{"event", event}};
  for (const auto& member : members) line[member.key()] = member.value();
  return line;
}

json::object header(const RunStarted& event) {
  json::object line = named("run-started", {{"schema", kEventLogSchema}});
  // Moved: the planned cells of a large matrix are most of what is in memory at this moment.
  for (json::object header = header_to_json(event.run); auto& member : header)
    line[member.key()] = std::move(member.value());
  return line;
}

Result<> sync_file(int fd, const fs::path& path) {
  if (::fsync(fd) != 0) return errno_error("fsync", path, errno);
  return {};
}

}  // namespace

json::object to_json(const Event& event) {
  return std::visit(
      Overloaded{
          [](const RunStarted& e) { return header(e); },
          [](const ArtifactStarted& e) {
            return named("artifact-started", {{"name", e.name}});
          },
          [](const ArtifactReady& e) { return named("artifact-ready", to_json(e.artifact)); },
          [](const ArtifactUnavailable& e) {
            return named("artifact-unavailable", {{"name", e.name}, {"reason", e.reason}});
          },
          [](const CellStarted& e) {
            return named("cell-started", {{"cell", e.cell}, {"attempt", e.attempt}});
          },
          [](const StageStarted& e) {
            return named("stage-started", {{"cell", e.cell}, {"stage", e.stage}});
          },
          [](const CheckFinished& e) {
            return named("check-finished", {{"cell", e.cell}, {"check", to_json(e.check)}});
          },
          [](const CellFinished& e) { return named("cell-finished", to_json(e.result)); },
          [](const SecondPassStarted& e) {
            return named("second-pass-started", {{"cell", e.cell}, {"check", e.check}});
          },
          [](const SecondPassFinished& e) {
            json::object line = named("second-pass-finished", {{"cell", e.cell}});
            for (const auto& member : to_json(e.pass)) line[member.key()] = member.value();
            return line;
          },
          [](const RunStopping& e) {
            return named("run-stopping", {{"reason", e.reason}});
          },
          [](const RunFinished& e) {
            return named(
                "run-finished",
                {{"complete", e.complete}, {"exit_code", e.exit_code}, {"reason", e.reason}});
          }},
      event);
}

Result<EventLog> EventLog::create(const fs::path& file) {
  UniqueFd fd = TRY(open_file(file, O_WRONLY | O_CREAT | O_EXCL | O_APPEND));
  // The name must survive too: fsync(2) of a file says nothing about its directory.
  const UniqueFd folder = TRY(open_file(file.parent_path(), O_RDONLY | O_DIRECTORY));
  TRY(sync_file(folder.get(), file.parent_path()));
  return EventLog(file, std::move(fd));
}

Result<> EventLog::append(const json::object& line, bool sync) {
  if (auto written = write_all(fd_.get(), to_line(line) + "\n"); !written) {
    return std::move(written).error().in(file_.string());
  }
  if (sync) return sync_file(fd_.get(), file_);
  return {};
}

}  // namespace testbed
