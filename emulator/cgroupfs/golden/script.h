#pragma once

#include "emulator/cgroupfs/golden/operation.h"
#include "orchestrator/base/result.h"

namespace testbed::golden {

// The text of a script (script/*.txt, which say how they are written), or the first line that is
// wrong.
Result<Script> parse_script(std::string_view text);

// The words of a line: blanks separate, quotes hold together, \n \t \\ \" \xHH and \0 are bytes,
// TEXT*N repeats, '#' begins a comment.
Result<std::vector<std::string>> split_words(std::string_view line);

// The script of that layout as it was built in; none: no such layout.
std::string_view script_text(std::string_view layout);
// Why results may differ from the reference, as built in: see comparison.h.
std::string_view reasons_text();

}  // namespace testbed::golden
