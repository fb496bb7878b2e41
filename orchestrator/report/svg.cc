// A picture of the matrix, for a README, and a badge. Both stand alone: no script, no font, nothing
// that is fetched, and they follow the reader's light or dark.
#include <algorithm>
#include <map>
#include <sstream>

#include "orchestrator/report/escape.h"
#include "orchestrator/report/formats.h"
#include "orchestrator/report/summary.h"

namespace testbed {
namespace {

constexpr int kTenCharacters = 73;  // their width, about, at 12 px
constexpr int kCellWidth = 58, kCellHeight = 26, kGap = 3, kMargin = 12;
constexpr int kLine = 18;

constexpr const char* kStyle = R"css(text{font:12px ui-monospace,monospace;fill:#1b1f24}
.page{fill:#fff}.ok{fill:#1a7f37}.known{fill:#9a6700}.bad{fill:#cf222e}.none{fill:#818b98}
.in{text-anchor:middle}.title{font-weight:bold}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.page{fill:#0d1117}.ok{fill:#3fb950}
.known{fill:#d29922}.bad{fill:#f85149}.none{fill:#9198a1}}
)css";

int width_of(const std::string& text) {
  return static_cast<int>(text.size()) * kTenCharacters / 10;
}

int longest(const std::vector<std::string>& texts) {
  int most = 0;
  for (const std::string& text : texts) most = std::max(most, width_of(text));
  return most;
}

// Fuller the higher the rung, as on the page.
std::string opacity_of(const Outcome& outcome) {
  const int tenths =
      outcome.rungs_total == 0
          ? 0
          : static_cast<int>(std::int64_t{outcome.rungs_reached} * 10 / outcome.rungs_total);
  return "0." + std::to_string(15 + tenths * 4);
}

std::string score_of(const Outcome& outcome) {
  if (outcome.observed == Observed::Skip) return "skip";
  if (outcome.observed == Observed::Pending) return "-";
  return std::to_string(outcome.rungs_reached) + "/" + std::to_string(outcome.rungs_total);
}

void write_text(std::ostream& out, int x, int y, const std::string& text, const char* kind = "") {
  out << "<text x=\"" << x << "\" y=\"" << y << "\"" << (*kind ? " class=\"" : "") << kind
      << (*kind ? "\"" : "") << ">" << for_xml_content(text) << "</text>\n";
}

void write_start(std::ostream& out, int width, int height, const std::string& title) {
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << width << "\" height=\"" << height
      << "\" viewBox=\"0 0 " << width << " " << height << "\" role=\"img\">\n<title>"
      << for_xml_content(title) << "</title>\n";
}

class Picture {
 public:
  explicit Picture(const Run& run)
      : run_(run), cells_(cells_of(run)), rows_(rows_of(cells_)), columns_(columns_of(cells_)) {
    left_ = kMargin + longest(rows_) + 10;
    // Names of columns lie on the slant, by 45 degrees.
    const int slanted = longest(columns_) * 7 / 10 + 14;
    top_ = kMargin + 2 * kLine + slanted;
    const int cells_wide = static_cast<int>(columns_.size()) * (kCellWidth + kGap);
    const int words = std::max(width_of(title()), width_of(counts_in_words(cells_)));
    width_ = std::max(left_ + cells_wide + slanted, kMargin * 2 + words);
    height_ = top_ + static_cast<int>(rows_.size()) * (kCellHeight + kGap) + kLine + kMargin;
  }

  std::string drawn() const {
    std::ostringstream out;
    write_start(out, width_, height_, title() + ": " + counts_in_words(cells_));
    out << "<style>" << kStyle
        << "</style>\n<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n";
    write_text(out, kMargin, kMargin + 12, title(), "title");
    const std::string banner = incomplete_banner(run_, cells_);
    write_text(out, kMargin, kMargin + 12 + kLine,
               banner.empty() ? counts_in_words(cells_) : banner);
    write_columns(out);
    write_cells(out);
    write_legend(out);
    out << "</svg>\n";
    return out.str();
  }

 private:
  std::string title() const { return run_.scenario + " " + run_.started.substr(0, 10); }
  int x_of(std::size_t column) const {
    return left_ + static_cast<int>(column) * (kCellWidth + kGap);
  }
  int y_of(std::size_t row) const { return top_ + static_cast<int>(row) * (kCellHeight + kGap); }

  void write_columns(std::ostream& out) const {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const int x = x_of(i) + kCellWidth / 2, y = top_ - 6;
      out << "<text x=\"" << x << "\" y=\"" << y << "\" transform=\"rotate(-45 " << x << " " << y
          << ")\">" << for_xml_content(columns_[i]) << "</text>\n";
    }
  }

  void write_cells(std::ostream& out) const {
    std::map<std::string, std::size_t> rows, columns;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      rows[rows_[i]] = i;
      write_text(out, kMargin, y_of(i) + 17, rows_[i]);
    }
    for (std::size_t i = 0; i < columns_.size(); ++i) columns[columns_[i]] = i;
    for (const CellView& cell : cells_) {
      const int x = x_of(columns[cell.column]), y = y_of(rows[cell.row]);
      const char* kind = kind_of(cell.outcome.verdict);
      out << "<g><title>" << for_xml_content(cell.planned->id + ": " + cell_words(cell))
          << "</title><rect class=\"" << kind << "\" fill-opacity=\"" << opacity_of(cell.outcome)
          << "\" x=\"" << x << "\" y=\"" << y << "\" width=\"" << kCellWidth << "\" height=\""
          << kCellHeight << "\" rx=\"4\"/><rect class=\"" << kind << "\" x=\"" << x << "\" y=\""
          << y << "\" width=\"4\" height=\"" << kCellHeight << "\"/>";
      write_text(out, x + kCellWidth / 2 + 2, y + 17, score_of(cell.outcome), "in");
      out << "</g>\n";
    }
  }

  void write_legend(std::ostream& out) const {
    int x = kMargin;
    const int y = y_of(rows_.size()) + kLine;
    for (const auto& [kind, words] : {std::pair{"ok", "ok"},
                                      {"known", "failed as expected"},
                                      {"bad", "unexpected"},
                                      {"none", "no verdict"}}) {
      out << "<rect class=\"" << kind << "\" x=\"" << x << "\" y=\"" << y - 10
          << "\" width=\"10\" height=\"10\"/>";
      write_text(out, x + 15, y, words);
      x += width_of(words) + 35;
    }
  }

  const Run& run_;
  std::vector<CellView> cells_;
  std::vector<std::string> rows_, columns_;
  int left_ = 0, top_ = 0, width_ = 0, height_ = 0;
};

// What a badge says, and in which colour. Never green by absence.
std::pair<std::string, const char*> words_of_badge(const Run& run,
                                                   const std::vector<CellView>& cells) {
  const auto count = [&](auto fits) { return std::count_if(cells.begin(), cells.end(), fits); };
  const auto all = std::to_string(cells.size());
  const auto bad = count([](const CellView& cell) { return is_unexpected(cell.outcome.verdict); });
  if (bad > 0) return {std::to_string(bad) + " of " + all + " unexpected", "#b62324"};
  const auto good = count([](const CellView& cell) {
    return cell.outcome.verdict == Verdict::Ok || cell.outcome.verdict == Verdict::Xfail;
  });
  const std::string sum = std::to_string(good) + "/" + all + " as expected";
  if (!run.complete) return {"incomplete, " + sum, "#6e7781"};
  return {sum, good == 0                                        ? "#6e7781"
               : static_cast<std::size_t>(good) == cells.size() ? "#1a7f37"
                                                                : "#7d5a00"};
}

}  // namespace

std::string render_svg(const Run& run, const RenderOptions&) { return Picture(run).drawn(); }

std::string render_badge(const Run& run, const RenderOptions&) {
  const auto [words, colour] = words_of_badge(run, cells_of(run));
  const std::string name = run.scenario.empty() ? "testbed" : run.scenario;
  const int left = width_of(name) + 14, right = width_of(words) + 14;
  std::ostringstream out;
  write_start(out, left + right, 20, name + ": " + words);
  out << "<rect width=\"" << left + right
      << "\" height=\"20\" rx=\"3\" fill=\"#444c56\"/>\n<path d=\"M" << left << " 0h" << right - 3
      << "a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-" << right - 3 << "z\" fill=\"" << colour
      << "\"/>\n<g fill=\"#fff\" text-anchor=\"middle\" "
         "font-family=\"ui-monospace,monospace\" font-size=\"12\">\n<text x=\""
      << left / 2 << "\" y=\"14\">" << for_xml_content(name) << "</text>\n<text x=\""
      << left + right / 2 << "\" y=\"14\">" << for_xml_content(words) << "</text>\n</g>\n</svg>\n";
  return out.str();
}

}  // namespace testbed
