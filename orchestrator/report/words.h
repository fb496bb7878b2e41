#pragma once

#include "orchestrator/model/run.h"

namespace testbed {

// How far a cell got, and its verdict where that is not plain: "pass 7/7", "mounted 2/7 xfail",
// "listed 3/7 hang unexpected", "skip", "pending".
std::string cell_words(const CellResult* result);

// True where somebody has to look: not as expected, or no conclusive result.
bool needs_attention(const CellResult* result);

bool is_pending(const CellResult* result);
bool is_skipped(const CellResult* result);

// "INCOMPLETE, 37 of 60 cells"; empty for a complete run.
std::string incomplete_words(const Run& run);

// Cells by verdict; those without one by "skip" or "pending". In the order of the words.
std::vector<std::pair<std::string, std::size_t>> counts_of(const Run& run);

// "60 cells: 50 ok, 10 xfail".
std::string count_words(const Run& run);

// "exit code 1: 2 of 60 cells are not as expected".
std::string exit_words(const Run& run);

}  // namespace testbed
