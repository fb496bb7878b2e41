// A wall clock that jumps, for the harness-fault table: preloaded into testbed. From a second after
// the process began on it is off by CLOCK_JUMP seconds; the monotonic clock goes on as it should.
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>

namespace {

timespec real_clock(clockid_t id) {
  timespec now{};
  ::syscall(SYS_clock_gettime, id, &now);
  return now;
}

const time_t kBegan = real_clock(CLOCK_MONOTONIC).tv_sec;

time_t jump() {
  const char* seconds = std::getenv("CLOCK_JUMP");
  const bool has_jumped = real_clock(CLOCK_MONOTONIC).tv_sec > kBegan + 1;
  return seconds && has_jumped ? std::atol(seconds) : 0;
}

}  // namespace

extern "C" int clock_gettime(clockid_t id, timespec* out) noexcept {
  *out = real_clock(id);
  if (id == CLOCK_REALTIME) out->tv_sec += jump();
  return 0;
}

extern "C" time_t time(time_t* out) noexcept {
  const time_t now = real_clock(CLOCK_REALTIME).tv_sec + jump();
  if (out) *out = now;
  return now;
}
