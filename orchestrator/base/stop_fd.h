#pragma once

#include <stop_token>

#include "orchestrator/base/unique_fd.h"

namespace testbed {

// Makes a stop_token visible to poll: readable once a stop was requested.
class StopFd {
 public:
  explicit StopFd(std::stop_token token);
  int get() const { return fd_.get(); }

 private:
  struct Wake {
    int fd;
    void operator()() const;
  };
  UniqueFd fd_;
  std::stop_callback<Wake> callback_;
};

}  // namespace testbed
