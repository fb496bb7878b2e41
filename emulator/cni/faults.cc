#include "emulator/cni/faults.h"

#include <signal.h>
#include <unistd.h>

#include <thread>

namespace testbed::cni {
namespace {

bool concerns(const Fault& fault, const Request& request) {
  return (fault.verb.empty() || fault.verb == name_of(request.verb)) &&
         (fault.container_id.empty() || fault.container_id == request.attachment.container_id);
}

}  // namespace

Answer<> apply_before(const Request& request) {
  for (const Fault& fault : request.config.faults) {
    if (!concerns(fault, request)) continue;
    switch (fault.kind) {
      case Fault::Kind::Delay:
        std::this_thread::sleep_for(std::chrono::milliseconds(fault.number));
        break;
      case Fault::Kind::Die:
        ::kill(::getpid(), SIGKILL);
        break;
      case Fault::Kind::Fail:
        return Failure{.code = static_cast<Code>(fault.number),
                       .msg = "injected fault",
                       .details = "\"faults\" of the configuration or FAULT in CNI_ARGS"};
      case Fault::Kind::Garbage:
      case Fault::Kind::Truncate:
      case Fault::Kind::WrongVersion:
        break;
    }
  }
  return {};
}

void apply_after(const Request& request, Reply& reply) {
  for (const Fault& fault : request.config.faults) {
    if (!concerns(fault, request)) continue;
    if (fault.kind == Fault::Kind::Garbage) reply.out = "\x01\xff not JSON {]";
    if (fault.kind == Fault::Kind::Truncate) reply.out.resize(reply.out.size() / 2);
    if (fault.kind == Fault::Kind::WrongVersion) reply.out = "{\"cniVersion\": \"9.9.9\"}\n";
  }
}

}  // namespace testbed::cni
