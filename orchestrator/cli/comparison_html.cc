// A comparison as one page, in the clothes of the report's.
#include <sstream>

#include "orchestrator/cli/comparison_view.h"
#include "orchestrator/report/escape.h"
#include "orchestrator/report/html_parts.h"

namespace testbed {
namespace {

constexpr const char* kOwnStyle = R"css(
#changes{border-spacing:0 3px}#changes td,#changes th{padding:.3rem .8rem .3rem .6rem;
vertical-align:top;text-align:left;overflow-wrap:anywhere;position:static}
#changes td:first-child{border-left:4px solid rgb(var(--tone));background:rgba(var(--tone),.2);
border-radius:5px;white-space:nowrap}
)css";

constexpr const char* kScript = R"js(
const part=document.getElementById('part'),change=document.getElementById('change'),
shown=document.getElementById('shown'),rows=[...document.querySelectorAll('#changes tbody tr')];
function filter(){const text=part.value.toLowerCase();let count=0;
for(const row of rows){row.hidden=!(!change.value||row.cells[0].textContent===change.value)||
!row.textContent.toLowerCase().includes(text);if(!row.hidden)count++}
shown.textContent=count===rows.length?'':count+' of '+rows.length+' changes'}
part.oninput=change.onchange=filter;
)js";

std::string text(std::string_view raw) { return for_xml_content(raw); }

const char* kind_of_change(Change change) {
  switch (change) {
    case Change::Regressed:
      return "bad";
    case Change::Fixed:
      return "ok";
    case Change::Changed:
      return "known";
    case Change::New:
    case Change::Gone:
    case Change::NotComparable:
    case Change::Same:
      break;
  }
  return "none";
}

void write_controls(std::ostream& out) {
  out << "<form role=\"search\" onsubmit=\"return false\">\n<label>Cells <input id=\"part\" "
         "type=\"search\" placeholder=\"part of a name\"></label>\n<label>Changes <select "
         "id=\"change\"><option value=\"\">all</option>";
  for (const Change change : kChanges) {
    if (change != Change::Same) out << "<option>" << name_of(change) << "</option>";
  }
  out << "</select></label>\n<output id=\"shown\" aria-live=\"polite\"></output>\n</form>\n";
}

void write_changes(std::ostream& out, const Comparison& comparison) {
  out << "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Changes\">\n<table "
         "id=\"changes\"><thead><tr><th scope=\"col\">change</th><th scope=\"col\">cell</th><th "
         "scope=\"col\">before</th><th scope=\"col\">after</th><th scope=\"col\">why not "
         "comparable</th></tr></thead>\n<tbody>\n";
  for (const Difference& difference : comparison.differences) {
    out << "<tr class=\"" << kind_of_change(difference.change) << "\"><td>"
        << name_of(difference.change) << "</td><th scope=\"row\">" << text(difference.cell);
    if (!difference.check.empty()) out << "<br>check " << text(difference.check);
    out << "</th><td>" << text(difference.before) << "</td><td>" << text(difference.after)
        << "</td><td>" << text(difference.why) << "</td></tr>\n";
  }
  out << "</tbody></table>\n</div>\n";
}

}  // namespace

std::string comparison_html(const Comparison& comparison) {
  std::ostringstream out;
  const std::string title = comparison.before + " and " + comparison.after;
  out << "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
         "name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta "
         "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
         "'unsafe-inline'; script-src 'unsafe-inline'\">\n<title>"
      << text(title) << "</title>\n<style>" << html_parts::kStyle << kOwnStyle
      << "</style>\n</head>\n<body>\n<header>\n<h1>What changed</h1>\n<p>"
      << text(comparison_counts(comparison)) << "</p>\n<p>before: " << text(comparison.before)
      << "</p>\n<p>after: " << text(comparison.after) << "</p>\n</header>\n<main>\n";
  if (comparison.differences.empty()) {
    out << "<p>No cell and no side check differs.</p>\n";
  } else {
    write_controls(out);
    write_changes(out, comparison);
  }
  if (!comparison.circumstances.empty()) {
    out << "<h2>What else differs</h2>\n<ul>\n";
    for (const std::string& other : comparison.circumstances)
      out << "<li>" << text(other) << "</li>\n";
    out << "</ul>\n";
  }
  out << "</main>\n";
  if (!comparison.differences.empty()) out << "<script>" << kScript << "</script>\n";
  out << "</body>\n</html>\n";
  return out.str();
}

}  // namespace testbed
