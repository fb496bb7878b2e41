#pragma once

#include <set>
#include <string>
#include <vector>

#include "emulator/cni/request.h"
#include "orchestrator/base/unique_fd.h"

namespace testbed::cni {

// An address of the pool and who has it. The owner is empty where its file cannot be read.
struct Held {
  Address address;
  Attachment owner{};
};

// An address that was given, with the range it comes from.
struct Given {
  Address address;
  PoolRange range;
};

// The addresses of one network, locked as long as the object lives. The state is that of the
// standard host-local plugin, so that either may go on where the other stopped: a directory
// DATA_DIR/NETWORK, in it one file an address that holds "CONTAINER_ID\r\nIFNAME", the files
// last_reserved_ip.N, and the file `lock`, which is held with flock(2).
//
// A file appears complete or not at all (written aside, then renamed), and the kernel drops the
// lock of a process that dies: after SIGKILL at any moment every address is free or has an owner.
// What a killed ADD was given is returned by its DEL or by GC. The files are not synced: a machine
// that restarts has no pods either.
class AddressPool {
 public:
  // Makes the directory where it is absent. Gives up with TryAgainLater when others hold the lock
  // for 30 seconds.
  static Answer<AddressPool> open(const Ipam& ipam, const std::string& network);

  std::vector<Held> held() const;
  std::vector<Address> addresses_of(const Attachment& attachment) const;

  // One address of each set: one the attachment holds already, one that was asked for, or the next
  // free one after the last that was given. All or none.
  Answer<std::vector<Given>> give(const Attachment& attachment, const std::vector<RangeSet>& sets,
                                  const std::vector<Address>& wanted);
  Answer<> take_back(const Address& address);
  // Whether an address could be written down now.
  Answer<> check_writable() const;
  // How many addresses of the set are free, counted up to `limit`.
  std::size_t free_of(const RangeSet& set, std::size_t limit) const;

 private:
  AddressPool(fs::path directory, UniqueFd directory_fd, UniqueFd lock)
      : directory_(std::move(directory)),
        directory_fd_(std::move(directory_fd)),
        lock_(std::move(lock)) {}

  std::set<std::string> taken_names() const;
  Answer<Given> pick(std::size_t number, const RangeSet& set, const std::set<std::string>& taken,
                     const std::vector<Address>& wanted) const;
  Answer<Given> next_free(std::size_t number, const RangeSet& set,
                          const std::set<std::string>& taken) const;
  Answer<> put(const std::string& name, std::string_view content) const;
  std::string content_of(const std::string& name) const;

  fs::path directory_;
  UniqueFd directory_fd_;
  UniqueFd lock_;
};

}  // namespace testbed::cni
