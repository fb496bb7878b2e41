#include "emulator/cgroupfs/options.h"

namespace testbed {
namespace {

// One text for those who have nothing but the program.
constexpr std::string_view kHelp = R"(NAME
  cgroupfs - a cgroup file system, v1, v2 or both, served with FUSE from memory

SYNOPSIS
  cgroupfs MOUNTPOINT [OPTION]...
  cgroupfs ctl SOCKET COMMAND [KEY=VALUE]...

DESCRIPTION
  Makes MOUNTPOINT look like the cgroup file systems of a Linux host, for programs that need them where
  the kernel has none, as in containers and in gVisor. mkdir makes groups, rmdir removes them; control
  files are named, checked and refused as Linux 6.18 does it. Processes are moved by writing their ids;
  their children are born into their group. CPU time, memory, numbers of processes and what was read
  and written are those of the members, from /proc. Runs until it is unmounted or gets SIGTERM.

  What no file system can do is not done: nothing limits CPU, memory, devices or I/O. A memory limit
  that is exceeded and a fork beyond pids.max are counted as events. A frozen group is stopped with
  SIGSTOP, and cgroup.kill kills. statfs(2) says FUSE, never cgroup.

OPTIONS
  What is shown
  --layout v1|v2|hybrid  a hierarchy per controller (v1, the default), one tree for all (v2), or v1 and
                         beside it `unified`, a v2 tree without controllers (hybrid)
  --controllers NAME,... only these [all]
  --comount NAME,NAME    these share a hierarchy, `NAME,NAME`, with a link for each; repeatable
  --extra DIR            serve there, in a mount of its own, what /proc should tell: proc/PID/cgroup,
                         proc/self/cgroup, proc/cgroups, and the lines mountinfo and mounts
  --shown-at PATH        what those lines call MOUNTPOINT, if clients see it elsewhere
  --report-only          stop no process: a frozen group only says that it is

  How it is mounted
  --mounts separate|single
                         v1 and hybrid: each hierarchy a mount of its own, below a tmpfs on MOUNTPOINT,
                         as clients expect it (separate, the default); or one mount (single)
  --make-dir             make MOUNTPOINT, and DIR of --extra, if absent
  --default-permissions  the kernel checks permissions itself and sends no ACCESS
  --allow-other          users other than the one who mounts may look
  --timeout-ms N         how long names and attributes may be cached [0]
  --threads N            threads that serve a mount [2 if separate, else 4]

  What is recorded and announced
  --journal PATH         append a line of JSON per request
  --control SOCKET       answer commands on that Unix socket (below)
  --ready-fd N           write "ready MOUNTPOINT" to that descriptor once everything is served
  --ready-file PATH      create that file then

  Faults
  --only NAME,...        answer these operations only (and lookup)
  --without NAME,...     leave these out
  --fail OP=ERRNO[@N]    answer OP with ERRNO, always or only the Nth time; repeatable
  --die-after N          exit with 70 after N answers

  --help, --version

OPERATIONS
 )";

constexpr std::string_view kRest = R"(
  What is left out is answered by libfuse: ENOSYS, or success for open, release and statfs.

CONTROL SOCKET
  Commands of `cgroupfs ctl`; each answer is one line of JSON:
  journal [since=SEQ] [limit=N]  the lines after that number, of the last 10000
  inject [path=PATTERN] [op=OP] [times=N] and at least one of errno=ERRNO, delay_ms=N, short=BYTES (of
         READ), death=true       a fault for the requests that fit; its number is in the answer
  remove [id=N]                  take it back; without a number all
  faults, groups, statistics     those in force; every group and its members; requests by kind

EXIT STATUS
  0   unmounted, or ended by SIGTERM or SIGINT, which unmount everything
  64  wrong usage        65  wrong value         69  no FUSE here, or another server is on MOUNTPOINT
  70  internal error     77  not permitted

EXAMPLES
  A v2 tree, and a group with a limit:
    cgroupfs --layout v2 /mnt/cg --make-dir &
    echo +memory > /mnt/cg/cgroup.subtree_control
    mkdir /mnt/cg/pod; echo 64M > /mnt/cg/pod/memory.max; echo $$ > /mnt/cg/pod/cgroup.procs
    cat /mnt/cg/pod/memory.current /mnt/cg/pod/memory.events

  The hierarchies of a host inside a container, with the answers of /proc beside them:
    cgroupfs /sys/fs/cgroup --comount cpu,cpuacct --extra /run/cg --make-dir
    cat /run/cg/proc/self/cgroup /run/cg/mountinfo

  As systemd's hybrid layout:
    cgroupfs /sys/fs/cgroup --layout hybrid

  A server that knows four operations only, and one that fails the third write:
    cgroupfs /mnt --mounts single --only getattr,readdir,open,read
    cgroupfs /mnt --mounts single --fail write=EBUSY@3
    cgroupfs ctl /run/cg.sock inject 'path=*/cpu.shares' op=write errno=EBUSY times=1

NOTES
  Needs /dev/fuse and the right to mount (root, or CAP_SYS_ADMIN in its namespace). In gVisor before
  20221212 the sandbox needs runsc --fuse. A server that was killed leaves mounts that answer ENOTCONN;
  the next one started on MOUNTPOINT replaces them.
)";

}  // namespace

std::string help_text() {
  std::string text(kHelp);
  std::size_t column = 1;
  for (const std::string_view name : handler_names()) {
    if (column + name.size() + 1 > 100) {
      text += "\n ";
      column = 1;
    }
    text += " " + std::string(name);
    column += name.size() + 1;
  }
  return text + std::string(kRest);
}

}  // namespace testbed
