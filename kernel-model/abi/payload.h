// What the pointer arguments of a system call point to, decoded. A program hands a kernel registers plus
// this; a kernel hands results back through Out. Contents of data buffers are not carried: only their
// addresses and lengths have a cost or an effect.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/time.h"

namespace isosim::kernel {

class Thread;

using Address = std::uint64_t;

struct IoVec {
  Address base = 0;
  std::uint64_t length = 0;
};

struct PollFd {
  std::int32_t fd = -1;
  std::uint16_t events = 0;
  std::uint16_t revents = 0;
};

struct FdSets {  // select, pselect6
  std::vector<std::int32_t> read, write, except;
};

struct SocketAddress {
  std::uint16_t family = 0;
  std::string path;  // AF_UNIX; a leading NUL marks the abstract name space
  std::string host;  // textual address of AF_INET and AF_INET6
  std::uint16_t port = 0;
  bool operator==(const SocketAddress&) const = default;
};

struct MessageHeader {
  SocketAddress name;
  std::vector<IoVec> iov;
  std::vector<std::int32_t> fds;  // SCM_RIGHTS
};

struct EpollEvent {
  std::uint32_t events = 0;
  std::uint64_t data = 0;
};

struct SignalAction {
  enum class Kind : std::uint8_t { default_action, ignore, handler };
  Kind kind = Kind::default_action;
  std::uint64_t mask = 0;   // bit n-1: signal n
  std::uint64_t flags = 0;  // SA_*
};

struct SignalSet {
  std::uint64_t mask = 0;
};

struct Timespec {
  sim::Time span;
};

struct Itimer {
  sim::Time interval, value;
};

struct RLimit {
  std::uint64_t current = 0, maximum = 0;
};

struct ExecImage {  // execve: what the new program is called with
  std::string path;
  std::vector<std::string> argv, envp;
  std::uint64_t argument_bytes = 0;
};

struct SemOp {  // struct sembuf
  std::uint16_t number = 0;
  std::int16_t operation = 0;
  std::uint16_t flags = 0;
};

struct SysvMessage {  // msgsnd: struct msgbuf without its text
  std::int64_t type = 0;
};

struct MqueueAttributes {  // struct mq_attr: mq_open, mq_getsetattr
  std::int64_t flags = 0, max_messages = 0, message_size = 0;
};

struct SchedulingAttributes {  // struct sched_attr: sched_setattr
  std::uint32_t size = 0;
  std::int32_t policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0, deadline = 0, period = 0;
  std::uint64_t beyond = 0;  // the fields that Linux 5.3 added, as one
};

struct SignalEvent {                                                     // struct sigevent: mq_notify
  static constexpr std::int32_t by_signal = 0, none = 1, by_thread = 2;  // SIGEV_*
  std::int32_t signal = 0, notify = 0;
  std::uint64_t value = 0;
};

struct AioControl {        // io_submit: an element of its array
  bool mapped = true;      // the element points to a structure; else EFAULT
  std::uint64_t data = 0;  // comes back with the event
  Address object = 0;      // of the struct iocb itself
  std::uint32_t opcode = 0;
  std::int32_t fd = -1;
  Address buffer = 0;
  std::uint64_t length = 0;     // bytes; IOCB_CMD_PREADV and PWRITEV: number of segments
  std::vector<IoVec> segments;  // of those two
  std::int64_t offset = 0;
  std::uint32_t flags = 0;
  std::int32_t eventfd = -1;  // with IOCB_FLAG_RESFD
};

struct OptionValue {  // setsockopt: the number given; futex: what the word holds when the kernel looks, or
                      // how many wait there; rt_sigqueueinfo: si_code
  std::uint64_t value = 0;
};

struct FileLock {           // fcntl F_SETLK and its kin: struct flock
  std::int16_t type = 0;    // F_RDLCK 0, F_WRLCK 1, F_UNLCK 2
  std::int16_t whence = 0;  // SEEK_*
  std::int64_t start = 0, length = 0;
};

struct FileOffset {  // loff_t* of sendfile, splice, copy_file_range
  std::uint64_t value = 0;
};

struct OpenHow {  // openat2
  std::uint64_t flags = 0, mode = 0, resolve = 0;
};

// clone, fork, vfork: the code that the child runs. The program's owner (a workload) supplies it.
struct ChildEntry {
  std::function<void(Thread&)> run;
  Address child_tid = 0;  // clone3: its child_tid field; clone has it in a register
};

struct BpfInstruction {  // struct sock_filter
  std::uint16_t code = 0;
  std::uint8_t jt = 0, jf = 0;
  std::uint32_t k = 0;
  bool operator==(const BpfInstruction&) const = default;
};

struct SeccompProgram {  // struct sock_fprog: prctl(PR_SET_SECCOMP), seccomp(2)
  std::vector<BpfInstruction> instructions;
};

struct GroupList {  // setgroups
  std::vector<std::uint32_t> ids;
};

struct CapabilityHeader {  // capget, capset: whose
  std::uint32_t version = 0;
  std::int32_t pid = 0;
};

struct CapabilitySets {  // capset
  std::uint64_t effective = 0, permitted = 0, inheritable = 0;
};

struct FileTimes {  // utimensat: times since the epoch; absent: left as it is (UTIME_OMIT)
  std::optional<sim::Time> access, modification;
  bool access_now = false, modification_now = false;  // UTIME_NOW
};

struct FileSystemStatus {  // struct statfs
  std::uint64_t type = 0, block_size = 0, blocks = 0, free_blocks = 0, files = 0, free_files = 0;
  std::uint64_t name_length = 0;
};

// Where a program that reads the results of a call wants them, beside their effect on its memory.
struct NamesWanted {  // getdents64
  std::vector<std::string>* names = nullptr;
};
struct FileSystemStatusWanted {  // statfs, fstatfs
  FileSystemStatus* status = nullptr;
};

// ioctl: the structure that a device's request takes or fills. Devices derive theirs from it.
struct IoctlArgument {
  virtual ~IoctlArgument() = default;
};

struct ExtentsWanted : IoctlArgument {  // struct fiemap, as far as it asks
  std::uint64_t start = 0, length = 0;  // bytes
  std::uint32_t flags = 0;
  bool sync = false;       // FIEMAP_FLAG_SYNC
  std::uint32_t room = 0;  // extents that the caller has room for; 0: it wants to know how many there are
};

struct TerminalModes : IoctlArgument {  // struct termios, as far as it decides what reads return
  bool canonical = true;                // ICANON
  bool echo = true;                     // ECHO
  bool signals = true;                  // ISIG
  bool carriage_return_ends = true;     // ICRNL
  bool adds_carriage_return = true;     // OPOST and ONLCR
};

using Payload =
    std::variant<std::monostate, std::string_view, std::span<const IoVec>, std::span<const PollFd>, FdSets,
                 SocketAddress, MessageHeader, std::span<const MessageHeader>, EpollEvent, SignalAction,
                 SignalSet, Timespec, Itimer, RLimit, ExecImage, ChildEntry, OptionValue, SeccompProgram,
                 GroupList, CapabilitySets, FileLock, FileOffset, OpenHow, FileTimes, NamesWanted,
                 FileSystemStatusWanted, std::span<const SemOp>, std::span<const AioControl>, SysvMessage,
                 MqueueAttributes, SignalEvent, SchedulingAttributes, CapabilityHeader, IoctlArgument*>;

struct FileStatus {
  std::uint64_t inode = 0;
  std::uint32_t mode = 0;  // type and permission bits
  std::uint32_t links = 0;
  std::uint32_t uid = 0, gid = 0;
  std::uint64_t size = 0, blocks = 0;
  std::uint64_t device = 0;
  std::uint64_t rdev = 0;
  sim::Time atime, mtime, ctime;
};

struct AioEvent {  // struct io_event
  std::uint64_t data = 0;
  Address object = 0;
  std::int64_t result = 0;
};

// Results that a kernel writes through pointers.
struct Out {
  std::array<std::int32_t, 2> fds{-1, -1};  // pipe2, socketpair
  std::int32_t status = 0;                  // wait4
  FileStatus stat;                          // stat family, statx
  std::string text;                         // readlink, getcwd
  std::vector<PollFd> polled;               // poll, select: entries with revents
  std::vector<EpollEvent> events;           // epoll_wait
  std::vector<AioEvent> completed;          // io_getevents
  std::vector<std::int32_t> received_fds;   // recvmsg: SCM_RIGHTS
  SocketAddress peer;                       // accept4, getpeername, getsockname, recvfrom
  std::uint64_t value = 0;                  // getsockopt, ioctl, times: the one number written
};

}  // namespace isosim::kernel
