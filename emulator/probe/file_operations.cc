#include <linux/stat.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <time.h>

#include "emulator/probe/operations.h"

namespace testbed::probe {
namespace {

constexpr std::size_t kReadLimit = 65536;

constexpr Word kOpenWords[] = {
    {"r", O_RDONLY},      {"w", O_WRONLY},      {"rw", O_RDWR},           {"rwc", O_RDWR | O_CREAT},
    {"dir", O_DIRECTORY}, {"path", O_PATH},     {"create", O_CREAT},      {"excl", O_EXCL},
    {"trunc", O_TRUNC},   {"append", O_APPEND}, {"nonblock", O_NONBLOCK}, {"nofollow", O_NOFOLLOW},
    {"direct", O_DIRECT}, {"sync", O_SYNC},     {"tmpfile", O_TMPFILE},
};

Outcome open_raw(const std::string& path, unsigned long flags) {
  return call("openat", SYS_openat, AT_FDCWD, path.c_str(), flags | O_CLOEXEC, 0644);
}

Result<Outcome> open_and_close(const Arguments& arguments) {
  Outcome opened = open_raw(arguments[0], TRY(bits_of(argument_or(arguments, 1, "r"), kOpenWords)));
  close_raw(opened.result);
  return opened;
}

// As far as it gets: after an error the text holds what came before.
Result<Outcome> read_text(const Arguments& arguments) {
  const Outcome opened = open_raw(arguments[0], O_RDONLY);
  if (opened.error != 0) return opened;
  std::string text;
  Outcome last;
  do {
    char bytes[4096];
    last = call("read", SYS_read, opened.result, bytes, sizeof bytes);
    if (last.result > 0) text.append(bytes, static_cast<std::size_t>(last.result));
  } while (last.result > 0 && text.size() < kReadLimit);
  if (last.error == 0) last.result = static_cast<long>(text.size());
  // FUSE servers report late errors here (flush); everything else ignores them.
  last.value = {{"text", text}, {"close", name_or_null(close_raw(opened.result))}};
  return last;
}

Result<std::string> unescaped(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes += text[i];
      continue;
    }
    const char letter = ++i < text.size() ? text[i] : ' ';
    if (letter == 'n')
      bytes += '\n';
    else if (letter == 't')
      bytes += '\t';
    else if (letter == '0')
      bytes += '\0';
    else if (letter == '\\')
      bytes += '\\';
    else if (letter == 'x' && i + 2 < text.size()) {
      const long byte = TRY(number_of("0x" + std::string(text.substr(i + 1, 2))));
      bytes += static_cast<char>(byte);
      i += 2;
    } else {
      return Error{"unknown escape; known are \\n \\t \\0 \\\\ \\xHH"};
    }
  }
  return bytes;
}

// One write(2), so that a control file sees the text in one piece.
Result<Outcome> write_text(const Arguments& arguments) {
  const std::string bytes = TRY(unescaped(arguments[1]));
  const unsigned long flags = TRY(bits_of(argument_or(arguments, 2, ""), kOpenWords));
  const Outcome opened = open_raw(arguments[0], O_WRONLY | flags);
  if (opened.error != 0) return opened;
  Outcome written = call("write", SYS_write, opened.result, bytes.data(), bytes.size());
  written.value = {{"written", written.result}, {"close", name_or_null(close_raw(opened.result))}};
  return written;
}

Result<Outcome> close_file(const Arguments& arguments) {
  const Outcome opened = open_raw(arguments[0], O_RDONLY);
  if (opened.error != 0) return opened;
  return call("close", SYS_close, opened.result);
}

Result<Outcome> access_file(const Arguments& arguments) {
  constexpr Word kModes[] = {{"f", F_OK}, {"r", R_OK}, {"w", W_OK}, {"x", X_OK}};
  const unsigned long mode = TRY(bits_of(argument_or(arguments, 1, "f"), kModes));
  return call("faccessat", SYS_faccessat, AT_FDCWD, arguments[0].c_str(), mode);
}

Result<Outcome> chmod_file(const Arguments& arguments) {
  const long mode = TRY(number_of("0" + arguments[1]));
  return call("fchmodat", SYS_fchmodat, AT_FDCWD, arguments[0].c_str(), mode);
}

Result<Outcome> chown_file(const Arguments& arguments) {
  const long user = TRY(number_of(arguments[1])), group = TRY(number_of(arguments[2]));
  return call("fchownat", SYS_fchownat, AT_FDCWD, arguments[0].c_str(), user, group, 0);
}

Result<Outcome> truncate_file(const Arguments& arguments) {
  return call("truncate", SYS_truncate, arguments[0].c_str(), TRY(number_of(arguments[1])));
}

Result<Outcome> map_file(const Arguments& arguments) {
  const Outcome opened = open_raw(arguments[0], O_RDONLY);
  if (opened.error != 0) return opened;
  const long size = call("lseek", SYS_lseek, opened.result, 0, SEEK_END).result;
  Outcome mapped = call("mmap", SYS_mmap, nullptr, 4096, PROT_READ, MAP_PRIVATE, opened.result, 0);
  close_raw(opened.result);
  if (mapped.error != 0) return mapped;
  // Behind the end of the file a read would be a SIGBUS.
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a system call answers an address as a number.
  if (size > 0) mapped.value = {{"first_byte", *reinterpret_cast<unsigned char*>(mapped.result)}};
  mapped.result = 0;  // an address says nothing and differs each time
  return mapped;
}

Result<Outcome> lock_file(const Arguments& arguments) {
  constexpr Word kKinds[] = {{"shared", LOCK_SH}, {"exclusive", LOCK_EX}};
  const unsigned long kind = TRY(bits_of(argument_or(arguments, 1, "exclusive"), kKinds));
  const Outcome opened = open_raw(arguments[0], O_RDONLY);
  if (opened.error != 0) return opened;
  const Outcome locked = call("flock", SYS_flock, opened.result, kind | LOCK_NB);
  close_raw(opened.result);
  return locked;
}

Result<Outcome> poll_file(const Arguments& arguments) {
  const long patience = TRY(number_of(argument_or(arguments, 1, "0")));
  const Outcome opened = open_raw(arguments[0], O_RDONLY | O_NONBLOCK);
  if (opened.error != 0) return opened;
  pollfd polled{static_cast<int>(opened.result), POLLIN | POLLPRI, 0};
  timespec wait{patience / 1000, patience % 1000 * 1000000};
  Outcome outcome = call("ppoll", SYS_ppoll, &polled, 1, &wait, nullptr, 0);
  std::string events;
  for (const Word& word : {Word{"in", POLLIN}, Word{"pri", POLLPRI}, Word{"err", POLLERR},
                           Word{"hup", POLLHUP}, Word{"nval", POLLNVAL}})
    if ((static_cast<unsigned long>(polled.revents) & word.bits) != 0)
      events += (events.empty() ? "" : ",") + std::string(word.name);
  outcome.value = {{"events", events}};
  close_raw(opened.result);
  return outcome;
}

Result<Outcome> watch_file(const Arguments& arguments) {
  const Outcome made = call("inotify_init1", SYS_inotify_init1, IN_CLOEXEC);
  if (made.error != 0) return made;
  const Outcome watched = call("inotify_add_watch", SYS_inotify_add_watch, made.result,
                               arguments[0].c_str(), IN_ALL_EVENTS);
  close_raw(made.result);
  return watched;
}

// What a watcher of a directory is told when a directory is made in it and removed again.
Result<Outcome> watch_directory(const Arguments& arguments) {
  const Outcome made = call("inotify_init1", SYS_inotify_init1, IN_CLOEXEC | IN_NONBLOCK);
  if (made.error != 0) return made;
  Outcome outcome = call("inotify_add_watch", SYS_inotify_add_watch, made.result,
                         arguments[0].c_str(), IN_CREATE | IN_DELETE | IN_MOVE);
  const std::string path = arguments[0] + "/" + arguments[1];
  if (outcome.error == 0) outcome = call("mkdirat", SYS_mkdirat, AT_FDCWD, path.c_str(), 0755);
  if (outcome.error == 0) {
    outcome = call("unlinkat", SYS_unlinkat, AT_FDCWD, path.c_str(), AT_REMOVEDIR);
  }
  if (outcome.error == 0) {
    alignas(inotify_event) char events[4096];
    outcome = call("read", SYS_read, made.result, events, sizeof events);
    std::string told;
    for (long at = 0; at < outcome.result;) {
      const auto* event = reinterpret_cast<const inotify_event*>(events + at);
      told += told.empty() ? "" : ",";
      told += (event->mask & IN_CREATE) != 0   ? "create "
              : (event->mask & IN_DELETE) != 0 ? "delete "
                                               : "other ";
      if (event->len > 0) told += event->name;
      at += static_cast<long>(sizeof *event + event->len);
    }
    outcome.value = {{"events", told}};
  }
  close_raw(made.result);
  return outcome;
}

Result<Outcome> get_attribute(const Arguments& arguments) {
  std::string text(kReadLimit, '\0');
  Outcome got = call("getxattr", SYS_getxattr, arguments[0].c_str(), arguments[1].c_str(),
                     text.data(), text.size());
  if (got.error == 0) got.value = {{"text", text.substr(0, static_cast<std::size_t>(got.result))}};
  return got;
}

Result<Outcome> set_attribute(const Arguments& arguments) {
  const std::string text = TRY(unescaped(arguments[2]));
  return call("setxattr", SYS_setxattr, arguments[0].c_str(), arguments[1].c_str(), text.data(),
              text.size(), 0);
}

Result<Outcome> list_attributes(const Arguments& arguments) {
  std::string text(kReadLimit, '\0');
  Outcome got = call("listxattr", SYS_listxattr, arguments[0].c_str(), text.data(), text.size());
  if (got.error != 0) return got;
  json::array names;
  const char* end = text.data() + got.result;
  for (const char* name = text.data(); name < end; name += names.back().as_string().size() + 1)
    names.emplace_back(name);
  got.value = {{"names", names}};
  return got;
}

constexpr Operation kOperations[] = {
    {"open", "PATH [r|w|rw|rwc|dir,...]", 1, 2, open_and_close,
     "opens (also: path create excl trunc append nonblock nofollow direct sync tmpfile)"},
    {"read", "PATH", 1, 1, read_text, "opens, reads up to 64 KiB, closes; value: text, close"},
    {"write", "PATH TEXT [create,append,trunc]", 2, 3, write_text,
     "opens for writing, one write(2), closes; TEXT knows \\n \\t \\0 \\\\ \\xHH"},
    {"close", "PATH", 1, 1, close_file, "opens and closes; the result is that of close(2)"},
    {"access", "PATH [f|r,w,x]", 1, 2, access_file, "whether it may be used that way"},
    {"chmod", "PATH MODE", 2, 2, chmod_file, "octal mode"},
    {"chown", "PATH UID GID", 3, 3, chown_file, "sets owner and group"},
    {"truncate", "PATH LENGTH", 2, 2, truncate_file, "sets the length"},
    {"mmap", "PATH", 1, 1, map_file, "maps a page and reads its first byte"},
    {"flock", "PATH [shared|exclusive]", 1, 2, lock_file, "locks without waiting"},
    {"poll", "PATH [MS]", 1, 2, poll_file, "value: events (in pri err hup nval)"},
    {"inotify", "PATH", 1, 1, watch_file, "watches for all events"},
    {"inotify-mkdir", "PATH NAME", 2, 2, watch_directory,
     "makes and removes a directory in one that it watches; value: events"},
    {"getxattr", "PATH NAME", 2, 2, get_attribute, "value: text"},
    {"setxattr", "PATH NAME TEXT", 3, 3, set_attribute, "sets an extended attribute"},
    {"listxattr", "PATH", 1, 1, list_attributes, "value: names"},
};

}  // namespace

std::span<const Operation> file_operations() { return kOperations; }

}  // namespace testbed::probe
