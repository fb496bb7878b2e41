#include "emulator/cni/address_pool.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "emulator/cni/timed_lock.h"
#include "orchestrator/base/errno_name.h"

namespace testbed::cni {
namespace {

constexpr const char* kAside = ".new";  // being written; under the lock there is only one
constexpr std::chrono::seconds kPatience{30};

std::string content_for(const Attachment& attachment) {
  return attachment.container_id + "\r\n" + attachment.ifname;
}

Attachment owner_in(std::string_view content) {
  const auto line = content.find("\r\n");
  // Old host-local wrote the container alone.
  if (line == std::string_view::npos) return {std::string(content), ""};
  return {std::string(content.substr(0, line)), std::string(content.substr(line + 2))};
}

bool is_owner(const Attachment& owner, const Attachment& attachment) {
  return owner.container_id == attachment.container_id &&
         (owner.ifname.empty() || owner.ifname == attachment.ifname);
}

std::string last_name(std::size_t set) { return "last_reserved_ip." + std::to_string(set); }

const PoolRange* range_with(const RangeSet& set, const Address& address) {
  const auto found = std::find_if(set.begin(), set.end(), [&](const PoolRange& range) {
    return range.subnet.contains(address);
  });
  return found == set.end() ? nullptr : &*found;
}

bool may_be_given(const PoolRange& range, const Address& address) {
  return address >= range.first && address <= range.last && address != range.gateway;
}

}  // namespace

Answer<AddressPool> AddressPool::open(const Ipam& ipam, const std::string& network) {
  fs::path directory = ipam.data_dir / network;
  UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) {
    TRY(or_fail(Code::IoFailure, make_directories(directory)));
    fd = TRY(or_fail(Code::IoFailure, open_file(directory, O_RDONLY | O_DIRECTORY)));
  }
  UniqueFd lock(::openat(fd.get(), "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  // A state directory that became read-only can still be looked at.
  if (!lock.valid()) lock = UniqueFd(::openat(fd.get(), "lock", O_RDONLY | O_CLOEXEC));
  if (!lock.valid()) {
    return Failure{.code = Code::IoFailure,
                   .msg = errno_error("open", directory / "lock", errno).message};
  }
  if (auto locked = lock_within(lock.get(), kPatience); !locked) {
    return std::move(locked).error().in("locking " + directory.string());
  }
  return AddressPool(std::move(directory), std::move(fd), std::move(lock));
}

std::set<std::string> AddressPool::taken_names() const {
  std::set<std::string> names;
  const int copy = ::openat(directory_fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* directory = copy < 0 ? nullptr : ::fdopendir(copy);
  if (!directory) return names;
  while (const dirent* entry = ::readdir(directory)) {
    if (Address::parse(entry->d_name)) names.insert(entry->d_name);
  }
  ::closedir(directory);
  return names;
}

std::string AddressPool::content_of(const std::string& name) const {
  const UniqueFd fd(::openat(directory_fd_.get(), name.c_str(), O_RDONLY | O_CLOEXEC));
  char buffer[512];
  const ssize_t count = fd.valid() ? ::read(fd.get(), buffer, sizeof buffer) : 0;
  return {buffer, count > 0 ? static_cast<std::size_t>(count) : 0};
}

std::vector<Held> AddressPool::held() const {
  std::vector<Held> all;
  for (const std::string& name : taken_names()) {
    all.push_back({*Address::parse(name), owner_in(content_of(name))});
  }
  return all;
}

std::vector<Address> AddressPool::addresses_of(const Attachment& attachment) const {
  std::vector<Address> own;
  for (const Held& held : held()) {
    if (is_owner(held.owner, attachment)) own.push_back(held.address);
  }
  return own;
}

Answer<> AddressPool::put(const std::string& name, std::string_view content) const {
  UniqueFd fd(
      ::openat(directory_fd_.get(), kAside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  int error = fd.valid() ? 0 : errno;
  errno = 0;
  if (error == 0 &&
      ::write(fd.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size())) {
    error = errno != 0 ? errno : ENOSPC;
  }
  if (error == 0 &&
      ::renameat(directory_fd_.get(), kAside, directory_fd_.get(), name.c_str()) != 0) {
    error = errno;
  }
  if (error == 0) return {};
  if (fd.valid()) ::unlinkat(directory_fd_.get(), kAside, 0);
  return Failure{.code = Code::IoFailure,
                 .msg = errno_error("write", directory_ / name, error).message};
}

Answer<Given> AddressPool::next_free(std::size_t number, const RangeSet& set,
                                     const std::set<std::string>& taken) const {
  std::size_t at = 0;
  Address address = set.front().first;
  const auto advance = [&] {
    if (address < set[at].last) {
      address = address.next();
    } else {
      at = (at + 1) % set.size();
      address = set[at].first;
    }
  };
  if (const auto last = Address::parse(content_of(last_name(number)))) {
    for (std::size_t i = 0; i < set.size(); ++i) {
      if (!set[i].subnet.contains(*last) || *last < set[i].first || *last > set[i].last) continue;
      at = i;
      address = *last;
      advance();
    }
  }
  const std::size_t start_at = at;
  const Address start = address;
  do {
    if (may_be_given(set[at], address) && !taken.contains(address.text())) {
      return Given{address, set[at]};
    }
    advance();
  } while (at != start_at || address != start);
  std::string ranges;
  for (const PoolRange& range : set) ranges += " " + range.first.text() + "-" + range.last.text();
  return Failure{.code = Code::TryAgainLater,
                 .msg = "no IP addresses available in range set:" + ranges,
                 .details = "the addresses are files in " + directory_.string() +
                            "; DEL or GC returns those of containers that are gone"};
}

Answer<Given> AddressPool::pick(std::size_t number, const RangeSet& set,
                                const std::set<std::string>& taken,
                                const std::vector<Address>& wanted) const {
  for (const Address& address : wanted) {
    const PoolRange* range = range_with(set, address);
    if (!range) continue;
    if (!may_be_given(*range, address)) {
      return Failure{.code = Code::InvalidConfig,
                     .msg = "requested IP address " + address.text() +
                            " is the gateway or outside of the range " + range->first.text() + "-" +
                            range->last.text()};
    }
    if (taken.contains(address.text())) {
      return Failure{.code = Code::AddressInUse,
                     .msg = "requested IP address " + address.text() + " is not available"};
    }
    return Given{address, *range};
  }
  return next_free(number, set, taken);
}

Answer<std::vector<Given>> AddressPool::give(const Attachment& attachment,
                                             const std::vector<RangeSet>& sets,
                                             const std::vector<Address>& wanted) {
  for (const Address& address : wanted) {
    const bool known = std::any_of(sets.begin(), sets.end(), [&](const RangeSet& set) {
      return range_with(set, address) != nullptr;
    });
    if (known) continue;
    return Failure{.code = Code::InvalidConfig,
                   .msg = "requested IP address " + address.text() + " is in no range"};
  }
  const std::set<std::string> taken = taken_names();
  const std::vector<Address> own = addresses_of(attachment);
  std::vector<Given> given;
  std::vector<Address> fresh;
  const auto undo = [&] {
    for (const Address& address : fresh) (void)take_back(address);
  };
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const auto kept = std::find_if(own.begin(), own.end(), [&](const Address& address) {
      return range_with(sets[i], address) != nullptr;
    });
    if (kept != own.end()) {
      given.push_back({*kept, *range_with(sets[i], *kept)});
      continue;
    }
    auto picked = pick(i, sets[i], taken, wanted);
    Answer<> written;
    if (picked) written = put(picked->address.text(), content_for(attachment));
    if (!picked || !written) {
      undo();
      return picked ? std::move(written).error() : std::move(picked).error();
    }
    fresh.push_back(picked->address);
    given.push_back(*picked);
    // Only a hint where to look next: a lost one costs a reuse that comes sooner.
    (void)put(last_name(i), picked->address.text());
  }
  return given;
}

Answer<> AddressPool::take_back(const Address& address) {
  const std::string name = address.text();
  if (::unlinkat(directory_fd_.get(), name.c_str(), 0) == 0 || errno == ENOENT) return {};
  return Failure{.code = Code::IoFailure,
                 .msg = errno_error("unlink", directory_ / name, errno).message};
}

Answer<> AddressPool::check_writable() const {
  constexpr const char* kTrial = ".trial";
  TRY(put(kTrial, "trial"));
  ::unlinkat(directory_fd_.get(), kTrial, 0);
  return {};
}

std::size_t AddressPool::free_of(const RangeSet& set, std::size_t limit) const {
  const std::set<std::string> taken = taken_names();
  std::size_t count = 0;
  for (const PoolRange& range : set) {
    for (Address address = range.first;; address = address.next()) {
      if (may_be_given(range, address) && !taken.contains(address.text())) ++count;
      if (count >= limit || address == range.last) break;
    }
  }
  return std::min(count, limit);
}

}  // namespace testbed::cni
