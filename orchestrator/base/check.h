#pragma once

#include <cstdio>
#include <cstdlib>

// A broken invariant ends the program, in release builds too: going on would record something
// untrue.
#define CHECK(condition, message)                                                           \
  do {                                                                                      \
    if (!(condition)) {                                                                     \
      std::fprintf(stderr, "%s:%d: internal error: %s (%s)\n", __FILE__, __LINE__, message, \
                   #condition);                                                             \
      std::abort();                                                                         \
    }                                                                                       \
  } while (false)
