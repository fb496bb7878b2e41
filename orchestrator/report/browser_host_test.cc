// The HTML report in a real browser: Debian's chromium, without a window. Its screenshots stay in
// screenshots/ of the build folder.
#include <gtest/gtest.h>

#include "orchestrator/base/json.h"
#include "orchestrator/base/subprocess.h"
#include "orchestrator/base/temp_dir.h"
#include "orchestrator/base/testing/outcomes.h"
#include "orchestrator/report/reports.h"
#include "orchestrator/report/sample_run.h"

namespace testbed {
namespace {

constexpr milliseconds kLimit{90'000};

// Whatever the page reports as wrong; stands before everything of its own.
constexpr const char* kListener = R"html(<script>
const wrong=[];addEventListener('error',e=>wrong.push(String(e.message)));
addEventListener('securitypolicyviolation',e=>wrong.push('asks for '+e.blockedURI));
</script>)html";

// Does what a person would, and leaves what it saw in the page.
constexpr const char* kPerson = R"html(<script>(async()=>{
const at=id=>document.getElementById(id),turn=()=>new Promise(done=>setTimeout(done,50)),
visible=()=>[...document.querySelectorAll('#matrix tbody tr')].filter(line=>!line.hidden).length,
set=(id,value)=>{at(id).value=value;at(id).dispatchEvent(new Event(id==='row'?'input':'change'))},
seen={};
await turn();seen.ready=Math.round(performance.now());
seen.rows=visible();
set('row','BARE');seen.named=visible();seen.said=at('shown').textContent;
set('row','');set('kind','bad');seen.unexpected=visible();
set('kind','');let before=performance.now();set('row','no such row');
document.body.getBoundingClientRect();seen.filter=Math.round(performance.now()-before);
seen.none=visible();set('row','');
set('from','3');set('to','4');seen.differ=visible();
seen.columns=[...document.querySelectorAll('#matrix thead th')]
  .filter(head=>getComputedStyle(head).display!=='none').map(head=>head.textContent);
set('from','');set('to','');seen.again=visible();
const link=document.querySelector('#matrix td.bad a')||document.querySelector('#matrix td a');
before=performance.now();link.focus();link.click();await turn();
const drawer=document.querySelector('article:target');
seen.drawer=getComputedStyle(drawer).display;seen.opened=Math.round(performance.now()-before);
seen.focused=document.activeElement===drawer;
seen.name=document.getElementById(drawer.getAttribute('aria-labelledby')).textContent;
dispatchEvent(new KeyboardEvent('keydown',{key:'Escape'}));await turn();
seen.closed=getComputedStyle(drawer).display;seen.back=document.activeElement===link;
at('theme').click();seen.theme=document.documentElement.className;
seen.unlabelled=[...document.querySelectorAll('input,select')].filter(e=>!e.labels.length).length;
seen.headed=document.querySelectorAll('#matrix th[scope]').length;
seen.wrong=wrong;document.body.dataset.seen=JSON.stringify(seen)})()</script>)html";

std::string with_person(std::string page) {
  page.insert(page.find("<style>"), kListener);
  page.insert(page.rfind("</body>"), kPerson);
  return page;
}

class Browser : public testing::Test {
 protected:
  void SetUp() override {
    if (find_program("chromium").empty()) GTEST_SKIP() << "chromium is not installed";
  }

  CommandOutput chromium(const std::vector<std::string>& options, const fs::path& page) {
    std::vector<std::string> argv{
        "chromium",          "--headless",
        "--no-sandbox",  // as root it has none
        "--disable-gpu",     "--disable-dev-shm-usage",
        "--hide-scrollbars", "--user-data-dir=" + (dir_.path() / "profile").string()};
    argv.insert(argv.end(), options.begin(), options.end());
    argv.push_back("file://" + page.string());
    return run_command({.argv = argv, .env = {{"HOME", dir_.path().string()}}},
                       Deadline::after(kLimit))
        .value();
  }

  fs::path write(const std::string& name, const std::string& text) {
    EXPECT_TRUE(is_ok(write_file(dir_.path() / name, text)));
    return dir_.path() / name;
  }

  // What the person saw.
  json::object visit(const testbed::Run& run) {
    const std::string page = with_person(render("html", run, {}).value());
    const CommandOutput dump =
        chromium({"--virtual-time-budget=20000", "--dump-dom"}, write("page.html", page));
    constexpr std::string_view kBegin = "data-seen=\"";
    const std::size_t begin = dump.out.find(kBegin);
    if (begin == std::string::npos) {
      ADD_FAILURE() << "the person did not come to an end: " << dump.err;
      return {};
    }
    const std::size_t start = begin + kBegin.size();
    std::string text = dump.out.substr(start, dump.out.find('"', start) - start);
    for (std::size_t at; (at = text.find("&quot;")) != std::string::npos;)
      text.replace(at, 6, "\"");
    return parse_json(text).value().as_object();
  }

  TempDir dir_ = TempDir::make(fs::temp_directory_path(), "browser").value();
};

TEST_F(Browser, FiltersTheComparisonTheDrawerAndTheKeyboardWorkAndNoScriptFails) {
  const json::object seen = visit(SampleRun::whole());
  ASSERT_TRUE(seen.contains("wrong"));
  EXPECT_TRUE(seen.at("wrong").as_array().empty()) << to_line(seen);
  EXPECT_EQ(number_or(seen, "rows"), 2);
  EXPECT_EQ(number_or(seen, "named"), 1);
  EXPECT_EQ(text_or(seen, "said"), "1 of 2 rows");
  EXPECT_EQ(number_or(seen, "unexpected"), 1);
  EXPECT_EQ(number_or(seen, "none"), 0);
  EXPECT_EQ(number_or(seen, "differ"), 2);
  EXPECT_EQ(to_line(seen.at("columns")), R"(["runsc-20221219","runsc-20240722"])");
  EXPECT_EQ(number_or(seen, "again"), 2);
  EXPECT_EQ(text_or(seen, "drawer"), "block");
  EXPECT_TRUE(flag_or(seen, "focused"));
  EXPECT_EQ(text_or(seen, "name"), "exp07/fuse-cgroup+runsc-20221219");
  EXPECT_EQ(text_or(seen, "closed"), "none");
  EXPECT_TRUE(flag_or(seen, "back")) << "the focus goes back to where it was";
  EXPECT_NE(text_or(seen, "theme"), "");
  EXPECT_EQ(number_or(seen, "unlabelled"), 0);
  EXPECT_EQ(number_or(seen, "headed"), 6);
}

TEST_F(Browser, TenThousandCellsCanBeUsedWithinFiveSeconds) {
  SampleRun sample;
  for (int row = 0; row < 1000; ++row) {
    for (int year = 2015; year < 2025; ++year) {
      CellResult& cell =
          sample.add("row-" + std::to_string(row), "runsc-" + std::to_string(year) + "0101",
                     year % 3 ? SampleRun::passed() : SampleRun::red(Verdict::Xfail));
      for (int i = 0; i < 6; ++i) cell.attempts[0].checks.push_back(SampleRun::red_ls());
    }
  }
  const json::object seen = visit(sample.run());
  EXPECT_EQ(number_or(seen, "rows"), 1000);
  EXPECT_TRUE(seen.contains("wrong") && seen.at("wrong").as_array().empty());
  std::printf("usable after %lld ms, a filter %lld ms, a drawer %lld ms\n",
              static_cast<long long>(number_or(seen, "ready")),
              static_cast<long long>(number_or(seen, "filter")),
              static_cast<long long>(number_or(seen, "opened")));
  EXPECT_LT(number_or(seen, "ready", 1'000'000), 5000);
}

TEST_F(Browser, ScreenshotsShowItLightAndDark) {
  const fs::path folder = fs::path(TESTBED_BINARY_DIR) / "screenshots";
  ASSERT_TRUE(is_ok(make_directories(folder)));
  const fs::path page = write("page.html", render("html", SampleRun::whole(), {}).value());
  const fs::path picture = write("matrix.svg", render("svg", SampleRun::whole(), {}).value());
  std::string last;
  for (const auto& [theme, setting] : {std::pair{"dark", "0"}, {"light", "1"}}) {
    for (const auto& [name, shown] : {std::pair{"page", page.string()},
                                      {"drawer", page.string() + "#c5"},
                                      {"picture", picture.string()}}) {
      const fs::path file = folder / (std::string(name) + "-" + theme + ".png");
      chromium({std::string("--blink-settings=preferredColorScheme=") + setting,
                "--window-size=1280,900", "--screenshot=" + file.string()},
               shown);
      const std::string bytes = read_file(file).value();
      EXPECT_GT(bytes.size(), 5000u) << file;
      EXPECT_NE(bytes, last);
      last = bytes;
    }
  }
}

}  // namespace
}  // namespace testbed
