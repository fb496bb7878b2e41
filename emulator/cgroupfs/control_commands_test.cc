#include "emulator/cgroupfs/control_commands.h"

#include <gtest/gtest.h>
#include <linux/fuse.h>

#include <cerrno>

#include "emulator/cgroupfs/fake_processes.h"
#include "emulator/cgroupfs/served.h"

namespace testbed {
namespace {

class ControlTest : public testing::Test {
 protected:
  std::string ask(std::string_view line) { return answer_control(controlled_, line); }

  FakeProcesses processes_;
  Served tree_{processes_, layout_v2()};
  Journal journal_;
  InjectedFaults faults_;
  Statistics statistics_;
  Controlled controlled_{tree_, journal_, faults_, statistics_};
};

TEST_F(ControlTest, ListsGroupsWithTheirMembers) {
  ASSERT_TRUE(tree_.make_group(kTop, "pod", 0755, {}));
  const auto pod = tree_.lookup(kTop, "pod");
  const auto procs = tree_.lookup(pod->id, "cgroup.procs");
  ASSERT_EQ(tree_.write(procs->id, 0, "20", {}), 0);
  EXPECT_EQ(
      ask(R"({"command":"groups"})"),
      R"({"ok":true,"groups":[{"path":"/","members":[1,30]},{"path":"/pod","members":[20]}]})");
}

TEST_F(ControlTest, AFaultIsInForceUntilItIsRemoved) {
  EXPECT_EQ(ask(R"({"command":"inject","path":"/pod/*","op":"read","errno":"EIO","delay_ms":5})"),
            R"({"ok":true,"id":1})");
  EXPECT_EQ(ask(R"({"command":"faults"})"),
            R"({"ok":true,"faults":[{"id":1,"path":"/pod/*","op":"READ","errno":"EIO",)"
            R"("delay_ms":5}]})");
  EXPECT_FALSE(faults_.take(FUSE_READ, "/other/cpu.max"));
  EXPECT_FALSE(faults_.take(FUSE_WRITE, "/pod/cpu.max"));
  EXPECT_EQ(faults_.take(FUSE_READ, "/pod/deep/cpu.max")->error, EIO);
  EXPECT_EQ(ask(R"({"command":"remove","id":2})"),
            R"({"ok":false,"error":"no fault has the number 2"})");
  EXPECT_EQ(ask(R"({"command":"remove","id":1})"), R"({"ok":true})");
  EXPECT_TRUE(faults_.none());
}

TEST_F(ControlTest, AFaultHitsAsOftenAsItSays) {
  ask(R"({"command":"inject","short":3,"times":2})");
  EXPECT_EQ(faults_.take(FUSE_READ, "/a")->short_read, 3u);
  EXPECT_TRUE(faults_.take(FUSE_READ, "/a"));
  EXPECT_FALSE(faults_.take(FUSE_READ, "/a"));
}

TEST_F(ControlTest, ShowsTheJournalFromAnyPlace) {
  journal_.keep(10);
  for (const char* op : {"LOOKUP", "OPEN", "READ"}) journal_.write(JsonLine().text("op", op));
  const std::string answer = ask(R"({"command":"journal","since":1,"limit":1})");
  EXPECT_NE(answer.find(R"("seq":2,"op":"OPEN")"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with(R"("next":2})")) << answer;
}

TEST_F(ControlTest, CountsRequestsByKind) {
  statistics_.count(FUSE_READ, 0, 10);
  statistics_.count(FUSE_READ, EIO, 5);
  EXPECT_EQ(ask(R"({"command":"statistics"})"),
            R"({"ok":true,"operations":{"READ":{"requests":2,"errors":1,"ns":15}}})");
}

TEST_F(ControlTest, SaysWhatIsWrong) {
  const auto error = [&](std::string_view line) { return ask(line); };
  EXPECT_EQ(error("[]"), R"({"ok":false,"error":"not a JSON object"})");
  EXPECT_EQ(
      error(R"({"command":"eject"})"),
      R"({"ok":false,"error":"no such command: eject; there are journal inject remove faults )"
      R"(groups statistics"})");
  EXPECT_EQ(error(R"({"command":"inject","errno":"E"})"),
            R"({"ok":false,"error":"no such errno: E"})");
  EXPECT_EQ(error(R"({"command":"inject","op":"forget","errno":"EIO"})"),
            R"({"ok":false,"error":"no such request: forget"})");
  EXPECT_EQ(error(R"({"command":"inject"})"),
            R"({"ok":false,"error":"what shall happen: errno, delay_ms, short or death"})");
  EXPECT_EQ(error(R"({"command":"inject","delay_ms":-1})"),
            R"({"ok":false,"error":"delay_ms is not a number from 0 to 600000"})");
  EXPECT_EQ(error("{").substr(0, 11), R"({"ok":false)");
}

}  // namespace
}  // namespace testbed
