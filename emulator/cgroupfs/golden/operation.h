#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace testbed::golden {

// What an operation does; the names are those of the script.
enum class Verb {
  Read,        // PATH: opens, reads to the end, closes
  Parts,       // PATH SIZE: the same in reads of SIZE bytes
  ReadAt,      // PATH OFFSET SIZE: one pread(2)
  Write,       // PATH TEXT: opens, one write(2), closes, then reads the file back
  WriteAt,     // PATH OFFSET TEXT: the same with pwrite(2)
  WriteTwice,  // PATH TEXT TEXT: two writes on one descriptor
  Append,      // PATH TEXT: with O_APPEND
  Trunc,       // PATH TEXT: with O_TRUNC
  Truncate,    // PATH LENGTH
  Open,        // PATH r|w|rw|dir
  Mode,        // PATH: type, mode, owner and links
  Size,        // PATH
  List,        // PATH: names and types
  Mkdir,       // PATH [MODE]
  Rmdir,       // PATH
  Rename,      // PATH TO
  Unlink,      // PATH
  Create,      // PATH: open(2) with O_CREAT
  Symlink,     // PATH TARGET
  Link,        // PATH TO
  Mknod,       // PATH: a FIFO
  Chmod,       // PATH MODE
  Chown,       // PATH UID GID
  Access,      // PATH r|w|x
  GetXattr,    // PATH NAME
  SetXattr,    // PATH NAME TEXT
  Keep,        // PATH NAME r|w|rw: opens and keeps the descriptor under NAME
  ReadKept,    // NAME
  WriteKept,   // NAME TEXT
  CloseKept,   // NAME
  Spawn,       // NAME: a process of two threads that waits
  End,         // NAME: kills it and waits for it
  Zombie,      // NAME: kills it and waits without reaping
};

// How what is read becomes comparable between machines and moments.
enum class Content {
  Text,      // as it is; process ids become names, the machine's CPUs and memory nodes too
  Volatile,  // digits become '#', repetitions one: only the form is compared
};

struct Operation {
  std::string id;    // "cpu.shares/hex", unique in a script
  std::string file;  // the part of the id before '/': a row of the table
  std::string section;
  Verb verb;
  bool as_user = false;              // without privileges, as uid 65534
  std::vector<std::string> words{};  // PATH and so on, escapes resolved, variables not
  Content content = Content::Text;
};

// What shares a fresh group.
struct Section {
  std::string name;
  std::string controller;  // of v1 the hierarchy; empty: any (v2: none is needed)
  std::vector<Operation> operations{};
};

struct Script {
  std::string layout;  // "v1" or "v2"
  std::vector<Section> sections{};
};

}  // namespace testbed::golden
