#include "emulator/supervisor/link_cache.h"

#include <gtest/gtest.h>

namespace testbed::supervisor {
namespace {

const Resolution kLed{.kind = Resolution::Kind::Redirected, .shown = "/a", .kept = "/b"};

TEST(LinkCache, AWalkIsRememberedUntilALinkMayHaveMoved) {
  LinkCache cache;
  EXPECT_EQ(cache.walked("+/a"), nullptr);
  cache.remember("+/a", kLed, cache.generation());
  const Resolution* const known = cache.walked("+/a");
  ASSERT_NE(known, nullptr);
  EXPECT_EQ(known->kept, "/b");
  EXPECT_EQ(cache.walked("-/a"), nullptr);
  cache.forget();
  EXPECT_EQ(cache.walked("+/a"), nullptr);
}

TEST(LinkCache, AWalkThatWasOvertakenIsNotKept) {
  LinkCache cache;
  EXPECT_EQ(cache.walked("+/a"), nullptr);
  const std::uint64_t before = cache.generation();
  cache.forget();
  cache.remember("+/a", kLed, before);
  EXPECT_EQ(cache.walked("+/a"), nullptr);
}

}  // namespace
}  // namespace testbed::supervisor
