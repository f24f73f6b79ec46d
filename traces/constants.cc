#include "traces/constants.h"

#include <asm/prctl.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/if_tun.h>
#include <linux/io_uring.h>
#include <linux/kcmp.h>
#include <linux/kvm.h>
#include <linux/magic.h>
#include <linux/membarrier.h>
#include <linux/mempolicy.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "traces/hash.h"

namespace isosim::traces {

namespace {

struct Entry {
  std::string_view name;
  std::int64_t value;
};

#define C(name) {#name, static_cast<std::int64_t>(name)},
// The values are those of the x86-64 headers of libc and Linux; what the headers hide or change is below by
// number.
// clang-format off
constexpr Entry kConstants[] = {
    // fcntl.h
    C(O_RDONLY) C(O_WRONLY) C(O_RDWR) C(O_ACCMODE) C(O_CREAT) C(O_EXCL) C(O_NOCTTY) C(O_TRUNC) C(O_APPEND)
    C(O_NONBLOCK) C(O_DSYNC) C(O_SYNC) C(O_ASYNC) C(O_DIRECT) C(O_DIRECTORY) C(O_NOFOLLOW) C(O_NOATIME)
    C(O_CLOEXEC) C(O_PATH) C(O_TMPFILE) C(AT_FDCWD) C(AT_SYMLINK_NOFOLLOW) C(AT_REMOVEDIR)
    C(AT_SYMLINK_FOLLOW) C(AT_EACCESS) C(AT_NO_AUTOMOUNT) C(AT_EMPTY_PATH) C(AT_STATX_SYNC_AS_STAT)
    C(AT_STATX_FORCE_SYNC) C(AT_STATX_DONT_SYNC) C(AT_RECURSIVE) C(F_DUPFD) C(F_GETFD) C(F_SETFD) C(F_GETFL)
    C(F_SETFL) C(F_GETLK) C(F_SETLK) C(F_SETLKW) C(F_SETOWN) C(F_GETOWN) C(F_SETSIG) C(F_GETSIG)
    C(F_SETOWN_EX) C(F_GETOWN_EX) C(F_OFD_GETLK) C(F_OFD_SETLK) C(F_OFD_SETLKW) C(F_DUPFD_CLOEXEC)
    C(F_SETLEASE) C(F_GETLEASE) C(F_NOTIFY) C(F_SETPIPE_SZ) C(F_GETPIPE_SZ) C(F_ADD_SEALS) C(F_GET_SEALS)
    C(F_SEAL_SEAL) C(F_SEAL_SHRINK) C(F_SEAL_GROW) C(F_SEAL_WRITE) C(FD_CLOEXEC) C(F_RDLCK) C(F_WRLCK)
    C(F_UNLCK) C(POSIX_FADV_NORMAL) C(POSIX_FADV_RANDOM) C(POSIX_FADV_SEQUENTIAL) C(POSIX_FADV_WILLNEED)
    C(POSIX_FADV_DONTNEED) C(POSIX_FADV_NOREUSE) C(FALLOC_FL_KEEP_SIZE) C(FALLOC_FL_PUNCH_HOLE)
    C(FALLOC_FL_COLLAPSE_RANGE) C(FALLOC_FL_ZERO_RANGE) C(FALLOC_FL_INSERT_RANGE) C(FALLOC_FL_UNSHARE_RANGE)
    C(SPLICE_F_MOVE) C(SPLICE_F_NONBLOCK) C(SPLICE_F_MORE) C(SPLICE_F_GIFT) C(SYNC_FILE_RANGE_WAIT_BEFORE)
    C(SYNC_FILE_RANGE_WRITE) C(SYNC_FILE_RANGE_WAIT_AFTER)
    // unistd.h
    C(F_OK) C(R_OK) C(W_OK) C(X_OK) C(SEEK_SET) C(SEEK_CUR) C(SEEK_END) C(SEEK_DATA) C(SEEK_HOLE)
    // sys/stat.h
    C(S_IFMT) C(S_IFSOCK) C(S_IFLNK) C(S_IFREG) C(S_IFBLK) C(S_IFDIR) C(S_IFCHR) C(S_IFIFO) C(S_ISUID)
    C(S_ISGID) C(S_ISVTX) C(STATX_TYPE) C(STATX_MODE) C(STATX_NLINK) C(STATX_UID) C(STATX_GID)
    C(STATX_ATIME) C(STATX_MTIME) C(STATX_CTIME) C(STATX_INO) C(STATX_SIZE) C(STATX_BLOCKS)
    C(STATX_BASIC_STATS) C(STATX_BTIME) C(STATX_MNT_ID) C(STATX_ALL) C(UTIME_NOW) C(UTIME_OMIT)
    // stdio.h
    C(RENAME_NOREPLACE) C(RENAME_EXCHANGE) C(RENAME_WHITEOUT)
    // dirent.h
    C(DT_UNKNOWN) C(DT_FIFO) C(DT_CHR) C(DT_DIR) C(DT_BLK) C(DT_REG) C(DT_LNK) C(DT_SOCK)
    // sys/mman.h
    C(PROT_NONE) C(PROT_READ) C(PROT_WRITE) C(PROT_EXEC) C(PROT_GROWSDOWN) C(PROT_GROWSUP) C(MAP_SHARED)
    C(MAP_PRIVATE) C(MAP_SHARED_VALIDATE) C(MAP_FIXED) C(MAP_ANONYMOUS) C(MAP_GROWSDOWN) C(MAP_DENYWRITE)
    C(MAP_EXECUTABLE) C(MAP_LOCKED) C(MAP_NORESERVE) C(MAP_POPULATE) C(MAP_NONBLOCK) C(MAP_STACK)
    C(MAP_HUGETLB) C(MAP_SYNC) C(MAP_FIXED_NOREPLACE) C(MAP_32BIT) C(MAP_FILE) C(MREMAP_MAYMOVE)
    C(MREMAP_FIXED) C(MREMAP_DONTUNMAP) C(MADV_NORMAL) C(MADV_RANDOM) C(MADV_SEQUENTIAL) C(MADV_WILLNEED)
    C(MADV_DONTNEED) C(MADV_FREE) C(MADV_REMOVE) C(MADV_DONTFORK) C(MADV_DOFORK) C(MADV_MERGEABLE)
    C(MADV_UNMERGEABLE) C(MADV_HUGEPAGE) C(MADV_NOHUGEPAGE) C(MADV_DONTDUMP) C(MADV_DODUMP)
    C(MADV_WIPEONFORK) C(MADV_KEEPONFORK) C(MADV_COLD) C(MADV_PAGEOUT) C(MADV_POPULATE_READ)
    C(MADV_POPULATE_WRITE) C(MS_ASYNC) C(MS_SYNC) C(MS_INVALIDATE) C(MCL_CURRENT) C(MCL_FUTURE)
    C(MCL_ONFAULT) C(MFD_CLOEXEC) C(MFD_ALLOW_SEALING) C(MFD_HUGETLB) C(PKEY_DISABLE_ACCESS)
    C(PKEY_DISABLE_WRITE) C(MLOCK_ONFAULT)
    // sys/socket.h
    C(AF_UNSPEC) C(AF_UNIX) C(AF_LOCAL) C(AF_INET) C(AF_INET6) C(AF_NETLINK) C(AF_PACKET) C(AF_VSOCK)
    C(AF_ALG) C(AF_XDP) C(SOCK_STREAM) C(SOCK_DGRAM) C(SOCK_RAW) C(SOCK_RDM) C(SOCK_SEQPACKET)
    C(SOCK_PACKET) C(SOCK_CLOEXEC) C(SOCK_NONBLOCK) C(SOL_SOCKET) C(SOL_RAW) C(SOL_PACKET) C(SOL_NETLINK)
    C(MSG_OOB) C(MSG_PEEK) C(MSG_DONTROUTE) C(MSG_CTRUNC) C(MSG_PROXY) C(MSG_TRUNC) C(MSG_DONTWAIT)
    C(MSG_EOR) C(MSG_WAITALL) C(MSG_FIN) C(MSG_SYN) C(MSG_CONFIRM) C(MSG_RST) C(MSG_ERRQUEUE)
    C(MSG_NOSIGNAL) C(MSG_MORE) C(MSG_WAITFORONE) C(MSG_BATCH) C(MSG_ZEROCOPY) C(MSG_FASTOPEN)
    C(MSG_CMSG_CLOEXEC) C(SHUT_RD) C(SHUT_WR) C(SHUT_RDWR) C(SCM_RIGHTS) C(SCM_CREDENTIALS) C(SOMAXCONN)
    C(SO_RCVTIMEO_OLD) C(SO_SNDTIMEO_OLD) C(SO_RCVTIMEO) C(SO_SNDTIMEO)
    C(SO_DEBUG) C(SO_REUSEADDR) C(SO_TYPE) C(SO_ERROR) C(SO_DONTROUTE) C(SO_BROADCAST) C(SO_SNDBUF)
    C(SO_RCVBUF) C(SO_SNDBUFFORCE) C(SO_RCVBUFFORCE) C(SO_KEEPALIVE) C(SO_OOBINLINE) C(SO_NO_CHECK)
    C(SO_PRIORITY) C(SO_LINGER) C(SO_REUSEPORT) C(SO_PASSCRED) C(SO_PEERCRED) C(SO_RCVLOWAT) C(SO_SNDLOWAT)
    C(SO_BINDTODEVICE) C(SO_ATTACH_FILTER) C(SO_DETACH_FILTER) C(SO_TIMESTAMP) C(SO_ACCEPTCONN)
    C(SO_PEERSEC) C(SO_MARK) C(SO_PROTOCOL) C(SO_DOMAIN) C(SO_INCOMING_CPU) C(SO_BUSY_POLL) C(SO_ZEROCOPY)
    C(SO_BSDCOMPAT) C(SO_PEERNAME) C(SO_PASSSEC) C(SO_RXQ_OVFL) C(SO_WIFI_STATUS) C(SO_PEEK_OFF) C(SO_NOFCS)
    C(SO_LOCK_FILTER) C(SO_SELECT_ERR_QUEUE) C(SO_MAX_PACING_RATE) C(SO_BPF_EXTENSIONS) C(SO_ATTACH_BPF)
    C(SO_INCOMING_NAPI_ID) C(SO_COOKIE) C(SO_PEERGROUPS) C(SO_TXTIME) C(SO_BINDTOIFINDEX)
    C(SO_PREFER_BUSY_POLL) C(SO_BUSY_POLL_BUDGET) C(SO_NETNS_COOKIE) C(SO_BUF_LOCK) C(SO_RESERVE_MEM)
    // netinet/in.h
    C(IPPROTO_IP) C(IPPROTO_ICMP) C(IPPROTO_TCP) C(IPPROTO_UDP) C(IPPROTO_IPV6) C(IPPROTO_RAW)
    C(IPPROTO_ICMPV6) C(SOL_IP) C(SOL_IPV6) C(SOL_ICMPV6) C(IP_TOS) C(IP_TTL) C(IP_HDRINCL) C(IP_OPTIONS)
    C(IP_RECVERR) C(IP_PKTINFO) C(IP_MTU_DISCOVER) C(IP_FREEBIND) C(IP_TRANSPARENT) C(IP_MULTICAST_TTL)
    C(IP_MULTICAST_LOOP) C(IP_ADD_MEMBERSHIP) C(IP_MTU) C(IP_RECVTTL) C(IP_RECVTOS) C(IP_BIND_ADDRESS_NO_PORT)
    C(IP_MINTTL) C(IP_MULTICAST_IF) C(IP_DROP_MEMBERSHIP) C(IP_RECVOPTS) C(IP_RETOPTS) C(IPV6_V6ONLY) C(IPV6_RECVERR) C(IPV6_RECVPKTINFO)
    C(IPV6_UNICAST_HOPS) C(INADDR_ANY) C(INADDR_LOOPBACK)
    // netinet/tcp.h
    C(SOL_TCP) C(TCP_NODELAY) C(TCP_MAXSEG) C(TCP_CORK) C(TCP_KEEPIDLE) C(TCP_KEEPINTVL) C(TCP_KEEPCNT)
    C(TCP_SYNCNT) C(TCP_LINGER2) C(TCP_DEFER_ACCEPT) C(TCP_WINDOW_CLAMP) C(TCP_INFO) C(TCP_QUICKACK)
    C(TCP_CONGESTION) C(TCP_USER_TIMEOUT) C(TCP_FASTOPEN) C(TCP_ULP)
    C(TCP_MD5SIG) C(TCP_THIN_LINEAR_TIMEOUTS) C(TCP_THIN_DUPACK) C(TCP_REPAIR) C(TCP_REPAIR_QUEUE)
    C(TCP_QUEUE_SEQ) C(TCP_REPAIR_OPTIONS) C(TCP_TIMESTAMP) C(TCP_NOTSENT_LOWAT) C(TCP_CC_INFO)
    C(TCP_SAVE_SYN) C(TCP_SAVED_SYN) C(TCP_FASTOPEN_CONNECT) C(TCP_FASTOPEN_KEY)
    C(TCP_FASTOPEN_NO_COOKIE) C(TCP_ZEROCOPY_RECEIVE) C(TCP_INQ) C(TCP_TX_DELAY)
    // netinet/udp.h
    C(SOL_UDP) C(UDP_CORK) C(UDP_ENCAP) C(UDP_NO_CHECK6_TX) C(UDP_NO_CHECK6_RX) C(UDP_SEGMENT) C(UDP_GRO)
    // sys/epoll.h
    C(EPOLL_CTL_ADD) C(EPOLL_CTL_DEL) C(EPOLL_CTL_MOD) C(EPOLL_CLOEXEC) C(EPOLLIN) C(EPOLLPRI) C(EPOLLOUT)
    C(EPOLLRDNORM) C(EPOLLRDBAND) C(EPOLLWRNORM) C(EPOLLWRBAND) C(EPOLLMSG) C(EPOLLERR) C(EPOLLHUP)
    C(EPOLLRDHUP) C(EPOLLEXCLUSIVE) C(EPOLLWAKEUP) C(EPOLLONESHOT) C(EPOLLET)
    // poll.h
    C(POLLIN) C(POLLPRI) C(POLLOUT) C(POLLERR) C(POLLHUP) C(POLLNVAL) C(POLLRDNORM) C(POLLRDBAND)
    C(POLLWRNORM) C(POLLWRBAND) C(POLLMSG) C(POLLREMOVE) C(POLLRDHUP)
    // sys/eventfd.h
    C(EFD_SEMAPHORE) C(EFD_CLOEXEC) C(EFD_NONBLOCK)
    // sys/timerfd.h
    C(TFD_CLOEXEC) C(TFD_NONBLOCK) C(TFD_TIMER_ABSTIME) C(TFD_TIMER_CANCEL_ON_SET)
    // sys/signalfd.h
    C(SFD_CLOEXEC) C(SFD_NONBLOCK)
    // sys/inotify.h
    C(IN_ACCESS) C(IN_MODIFY) C(IN_ATTRIB) C(IN_CLOSE_WRITE) C(IN_CLOSE_NOWRITE) C(IN_OPEN) C(IN_MOVED_FROM)
    C(IN_MOVED_TO) C(IN_CREATE) C(IN_DELETE) C(IN_DELETE_SELF) C(IN_MOVE_SELF) C(IN_ONLYDIR)
    C(IN_DONT_FOLLOW) C(IN_EXCL_UNLINK) C(IN_MASK_ADD) C(IN_ISDIR) C(IN_ONESHOT) C(IN_CLOEXEC)
    C(IN_NONBLOCK)
    // linux/futex.h
    C(FUTEX_WAIT) C(FUTEX_WAKE) C(FUTEX_FD) C(FUTEX_REQUEUE) C(FUTEX_CMP_REQUEUE) C(FUTEX_WAKE_OP)
    C(FUTEX_LOCK_PI) C(FUTEX_UNLOCK_PI) C(FUTEX_TRYLOCK_PI) C(FUTEX_WAIT_BITSET) C(FUTEX_WAKE_BITSET)
    C(FUTEX_WAIT_REQUEUE_PI) C(FUTEX_CMP_REQUEUE_PI) C(FUTEX_LOCK_PI2) C(FUTEX_PRIVATE_FLAG)
    C(FUTEX_CLOCK_REALTIME) C(FUTEX_WAIT_PRIVATE) C(FUTEX_WAKE_PRIVATE) C(FUTEX_REQUEUE_PRIVATE)
    C(FUTEX_CMP_REQUEUE_PRIVATE) C(FUTEX_WAKE_OP_PRIVATE) C(FUTEX_LOCK_PI_PRIVATE) C(FUTEX_LOCK_PI2_PRIVATE)
    C(FUTEX_UNLOCK_PI_PRIVATE) C(FUTEX_TRYLOCK_PI_PRIVATE) C(FUTEX_WAIT_BITSET_PRIVATE)
    C(FUTEX_WAKE_BITSET_PRIVATE) C(FUTEX_WAIT_REQUEUE_PI_PRIVATE) C(FUTEX_CMP_REQUEUE_PI_PRIVATE)
    C(FUTEX_BITSET_MATCH_ANY) C(FUTEX_TID_MASK) C(FUTEX_WAITERS) C(FUTEX_OWNER_DIED)
    // sched.h
    C(CLONE_VM) C(CLONE_FS) C(CLONE_FILES) C(CLONE_SIGHAND) C(CLONE_PIDFD) C(CLONE_PTRACE) C(CLONE_VFORK)
    C(CLONE_PARENT) C(CLONE_THREAD) C(CLONE_NEWNS) C(CLONE_SYSVSEM) C(CLONE_SETTLS) C(CLONE_PARENT_SETTID)
    C(CLONE_CHILD_CLEARTID) C(CLONE_DETACHED) C(CLONE_UNTRACED) C(CLONE_CHILD_SETTID) C(CLONE_NEWCGROUP)
    C(CLONE_NEWUTS) C(CLONE_NEWIPC) C(CLONE_NEWUSER) C(CLONE_NEWPID) C(CLONE_NEWNET) C(CLONE_NEWTIME)
    C(CLONE_IO) C(SCHED_OTHER) C(SCHED_FIFO) C(SCHED_RR) C(SCHED_BATCH) C(SCHED_ISO) C(SCHED_IDLE)
    C(SCHED_DEADLINE) C(SCHED_RESET_ON_FORK)
    // signal.h
    C(SIG_BLOCK) C(SIG_UNBLOCK) C(SIG_SETMASK) C(SA_NOCLDSTOP) C(SA_NOCLDWAIT) C(SA_SIGINFO) C(SA_ONSTACK)
    C(SA_RESTART) C(SA_NODEFER) C(SA_RESETHAND) C(SI_USER) C(SI_KERNEL) C(SI_QUEUE) C(SI_TIMER) C(SI_TKILL)
    C(CLD_EXITED) C(CLD_KILLED) C(CLD_DUMPED) C(CLD_TRAPPED) C(CLD_STOPPED) C(CLD_CONTINUED) C(SEGV_MAPERR)
    C(SEGV_ACCERR) C(SS_ONSTACK) C(SS_DISABLE)
    // sys/wait.h
    C(WNOHANG) C(WUNTRACED) C(WSTOPPED) C(WEXITED) C(WCONTINUED) C(WNOWAIT) C(__WALL) C(__WCLONE)
    C(__WNOTHREAD) C(P_ALL) C(P_PID) C(P_PGID) C(P_PIDFD)
    // sys/resource.h
    C(RLIMIT_CPU) C(RLIMIT_FSIZE) C(RLIMIT_DATA) C(RLIMIT_STACK) C(RLIMIT_CORE) C(RLIMIT_RSS)
    C(RLIMIT_NPROC) C(RLIMIT_NOFILE) C(RLIMIT_MEMLOCK) C(RLIMIT_AS) C(RLIMIT_LOCKS) C(RLIMIT_SIGPENDING)
    C(RLIMIT_MSGQUEUE) C(RLIMIT_NICE) C(RLIMIT_RTPRIO) C(RLIMIT_RTTIME) C(PRIO_PROCESS) C(PRIO_PGRP)
    C(PRIO_USER) C(RUSAGE_SELF) C(RUSAGE_CHILDREN) C(RUSAGE_THREAD)
    // time.h
    C(CLOCK_REALTIME) C(CLOCK_MONOTONIC) C(CLOCK_PROCESS_CPUTIME_ID) C(CLOCK_THREAD_CPUTIME_ID)
    C(CLOCK_MONOTONIC_RAW) C(CLOCK_REALTIME_COARSE) C(CLOCK_MONOTONIC_COARSE) C(CLOCK_BOOTTIME)
    C(CLOCK_REALTIME_ALARM) C(CLOCK_BOOTTIME_ALARM) C(CLOCK_TAI) C(TIMER_ABSTIME)
    // sys/time.h
    C(ITIMER_REAL) C(ITIMER_VIRTUAL) C(ITIMER_PROF)
    // asm/prctl.h
    C(ARCH_SET_GS) C(ARCH_SET_FS) C(ARCH_GET_FS) C(ARCH_GET_GS) C(ARCH_GET_CPUID) C(ARCH_SET_CPUID)
    // sys/prctl.h
    C(PR_SET_PDEATHSIG) C(PR_GET_PDEATHSIG) C(PR_GET_DUMPABLE) C(PR_SET_DUMPABLE) C(PR_GET_KEEPCAPS)
    C(PR_SET_KEEPCAPS) C(PR_SET_NAME) C(PR_GET_NAME) C(PR_GET_SECCOMP) C(PR_SET_SECCOMP) C(PR_CAPBSET_READ)
    C(PR_CAPBSET_DROP) C(PR_GET_TSC) C(PR_SET_TSC) C(PR_GET_SECUREBITS) C(PR_SET_SECUREBITS)
    C(PR_SET_TIMERSLACK) C(PR_GET_TIMERSLACK) C(PR_SET_MM) C(PR_SET_CHILD_SUBREAPER)
    C(PR_CAP_AMBIENT_IS_SET) C(PR_CAP_AMBIENT_RAISE) C(PR_CAP_AMBIENT_LOWER) C(PR_CAP_AMBIENT_CLEAR_ALL)
    C(PR_GET_CHILD_SUBREAPER) C(PR_SET_NO_NEW_PRIVS) C(PR_GET_NO_NEW_PRIVS) C(PR_SET_THP_DISABLE)
    C(PR_GET_THP_DISABLE) C(PR_CAP_AMBIENT) C(PR_SET_VMA) C(PR_SET_PTRACER)
    // linux/capability.h
    C(CAP_CHOWN) C(CAP_DAC_OVERRIDE) C(CAP_DAC_READ_SEARCH) C(CAP_FOWNER) C(CAP_FSETID) C(CAP_KILL)
    C(CAP_SETGID) C(CAP_SETUID) C(CAP_SETPCAP) C(CAP_LINUX_IMMUTABLE) C(CAP_NET_BIND_SERVICE)
    C(CAP_NET_BROADCAST) C(CAP_NET_ADMIN) C(CAP_NET_RAW) C(CAP_IPC_LOCK) C(CAP_IPC_OWNER) C(CAP_SYS_MODULE)
    C(CAP_SYS_RAWIO) C(CAP_SYS_CHROOT) C(CAP_SYS_PTRACE) C(CAP_SYS_PACCT) C(CAP_SYS_ADMIN) C(CAP_SYS_BOOT)
    C(CAP_SYS_NICE) C(CAP_SYS_RESOURCE) C(CAP_SYS_TIME) C(CAP_SYS_TTY_CONFIG) C(CAP_MKNOD) C(CAP_LEASE)
    C(CAP_AUDIT_WRITE) C(CAP_AUDIT_CONTROL) C(CAP_SETFCAP) C(CAP_MAC_OVERRIDE) C(CAP_MAC_ADMIN)
    C(CAP_SYSLOG) C(CAP_WAKE_ALARM) C(CAP_BLOCK_SUSPEND) C(CAP_AUDIT_READ) C(CAP_PERFMON) C(CAP_BPF)
    C(CAP_CHECKPOINT_RESTORE)
    // sys/random.h
    C(GRND_NONBLOCK) C(GRND_RANDOM) C(GRND_INSECURE)
    // sys/ipc.h
    C(IPC_CREAT) C(IPC_EXCL) C(IPC_NOWAIT) C(IPC_RMID) C(IPC_SET) C(IPC_STAT) C(IPC_PRIVATE) C(IPC_INFO)
    // sys/msg.h
    C(MSG_NOERROR) C(MSG_EXCEPT) C(MSG_COPY) C(MSG_STAT) C(MSG_INFO)
    // linux/aio_abi.h
    C(IOCB_CMD_PREAD) C(IOCB_CMD_PWRITE) C(IOCB_CMD_FSYNC) C(IOCB_CMD_FDSYNC) C(IOCB_CMD_POLL)
    C(IOCB_CMD_NOOP) C(IOCB_CMD_PREADV) C(IOCB_CMD_PWRITEV) C(IOCB_FLAG_RESFD) C(IOCB_FLAG_IOPRIO)
    // sys/sem.h
    C(SETVAL) C(GETVAL) C(GETALL) C(SETALL) C(GETPID) C(GETNCNT) C(GETZCNT) C(SEM_UNDO) C(SEM_STAT) C(SEM_INFO)
    C(SEM_STAT_ANY)
    // sys/shm.h
    C(SHM_RDONLY) C(SHM_RND) C(SHM_REMAP) C(SHM_EXEC) C(SHM_HUGETLB) C(SHM_NORESERVE) C(SHM_LOCK)
    C(SHM_UNLOCK) C(SHM_STAT) C(SHM_INFO) C(SHM_STAT_ANY)
    // sys/file.h
    C(LOCK_SH) C(LOCK_EX) C(LOCK_NB) C(LOCK_UN)
    // sys/mount.h
    C(MS_RDONLY) C(MS_NOSUID) C(MS_NODEV) C(MS_NOEXEC) C(MS_SYNCHRONOUS) C(MS_REMOUNT) C(MS_MANDLOCK)
    C(MS_DIRSYNC) C(MS_NOATIME) C(MS_NODIRATIME) C(MS_BIND) C(MS_MOVE) C(MS_REC) C(MS_SILENT) C(MS_POSIXACL)
    C(MS_UNBINDABLE) C(MS_PRIVATE) C(MS_SLAVE) C(MS_SHARED) C(MS_RELATIME) C(MS_STRICTATIME) C(MS_LAZYTIME)
    C(MNT_FORCE) C(MNT_DETACH) C(MNT_EXPIRE) C(UMOUNT_NOFOLLOW)
    // sys/xattr.h
    C(XATTR_CREATE) C(XATTR_REPLACE)
    // sys/uio.h
    C(RWF_HIPRI) C(RWF_DSYNC) C(RWF_SYNC) C(RWF_NOWAIT) C(RWF_APPEND)
    // sys/ioctl.h
    C(TCGETS) C(TCSETS) C(TCSETSW) C(TCSETSF) C(TCSBRK) C(TCXONC) C(TCFLSH) C(TIOCGWINSZ) C(TIOCSWINSZ)
    C(TIOCGPGRP) C(TIOCSPGRP) C(TIOCSCTTY) C(TIOCNOTTY) C(TIOCGSID) C(TIOCGPTN) C(TIOCSPTLCK) C(TIOCGPTPEER)
    C(TIOCINQ) C(TIOCOUTQ) C(FIONREAD) C(FIONBIO) C(FIOASYNC) C(FIOCLEX) C(FIONCLEX) C(FIOQSIZE)
    C(SIOCGIFCONF) C(SIOCGIFFLAGS) C(SIOCSIFFLAGS) C(SIOCGIFADDR) C(SIOCSIFADDR) C(SIOCGIFMTU)
    C(SIOCGIFHWADDR) C(SIOCGIFINDEX) C(SIOCGIFNAME) C(FIOSETOWN) C(SIOCSPGRP) C(FIOGETOWN) C(SIOCGPGRP)
    C(SIOCATMARK) C(SIOCGIFBRDADDR) C(SIOCGIFNETMASK) C(SIOCGIFDSTADDR) C(SIOCGIFMETRIC) C(SIOCGIFTXQLEN)
    C(SIOCGIFCOUNT) C(SIOCSIFMTU) C(SIOCETHTOOL) C(SIOCINQ) C(SIOCOUTQ) C(SIOCOUTQNSD) C(SIOCGSTAMP_OLD)
    C(SIOCGSTAMPNS_OLD) C(SIOCGSTAMP_NEW) C(SIOCGSTAMPNS_NEW) C(SIOCGSKNS)
    // linux/fs.h
    C(FS_IOC_GETFLAGS) C(FS_IOC_SETFLAGS) C(FICLONE) C(FICLONERANGE) C(FIFREEZE) C(FITHAW) C(FITRIM)
    C(FIGETBSZ) C(FIBMAP) C(BLKGETSIZE64) C(BLKSSZGET) C(BLKFLSBUF)
    // linux/if_tun.h
    C(TUNSETIFF) C(TUNGETFEATURES) C(TUNSETOFFLOAD) C(TUNSETVNETHDRSZ) C(IFF_TUN) C(IFF_TAP) C(IFF_NO_PI)
    C(IFF_VNET_HDR)
    // linux/kvm.h
    C(KVM_GET_API_VERSION) C(KVM_CREATE_VM) C(KVM_CHECK_EXTENSION) C(KVM_GET_VCPU_MMAP_SIZE)
    C(KVM_CREATE_VCPU) C(KVM_SET_USER_MEMORY_REGION) C(KVM_RUN) C(KVM_GET_REGS) C(KVM_SET_REGS)
    C(KVM_GET_SREGS) C(KVM_SET_SREGS) C(KVM_IRQFD) C(KVM_IOEVENTFD) C(KVM_CREATE_IRQCHIP) C(KVM_IRQ_LINE)
    C(KVM_SET_CPUID2) C(KVM_GET_SUPPORTED_CPUID) C(KVM_SET_TSS_ADDR) C(KVM_GET_MSRS) C(KVM_SET_MSRS)
    // sys/ptrace.h
    C(PTRACE_TRACEME) C(PTRACE_PEEKTEXT) C(PTRACE_PEEKDATA) C(PTRACE_PEEKUSER) C(PTRACE_POKETEXT)
    C(PTRACE_POKEDATA) C(PTRACE_POKEUSER) C(PTRACE_CONT) C(PTRACE_KILL) C(PTRACE_SINGLESTEP)
    C(PTRACE_GETREGS) C(PTRACE_SETREGS) C(PTRACE_GETFPREGS) C(PTRACE_SETFPREGS) C(PTRACE_ATTACH)
    C(PTRACE_DETACH) C(PTRACE_SYSCALL) C(PTRACE_SETOPTIONS) C(PTRACE_GETEVENTMSG) C(PTRACE_GETSIGINFO)
    C(PTRACE_SETSIGINFO) C(PTRACE_GETREGSET) C(PTRACE_SETREGSET) C(PTRACE_SEIZE) C(PTRACE_INTERRUPT)
    C(PTRACE_LISTEN)
    // linux/seccomp.h
    C(SECCOMP_SET_MODE_STRICT) C(SECCOMP_SET_MODE_FILTER) C(SECCOMP_GET_ACTION_AVAIL) C(SECCOMP_MODE_FILTER)
    C(SECCOMP_FILTER_FLAG_TSYNC) C(SECCOMP_FILTER_FLAG_LOG) C(SECCOMP_FILTER_FLAG_SPEC_ALLOW)
    C(SECCOMP_FILTER_FLAG_NEW_LISTENER)
    // linux/membarrier.h
    C(MEMBARRIER_CMD_QUERY) C(MEMBARRIER_CMD_GLOBAL) C(MEMBARRIER_CMD_PRIVATE_EXPEDITED)
    C(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)
    // sys/personality.h
    C(PER_LINUX) C(PER_LINUX32) C(PER_BSD) C(PER_SVR4) C(UNAME26) C(ADDR_NO_RANDOMIZE) C(FDPIC_FUNCPTRS)
    C(MMAP_PAGE_ZERO) C(ADDR_COMPAT_LAYOUT) C(READ_IMPLIES_EXEC) C(ADDR_LIMIT_32BIT) C(SHORT_INODE)
    C(WHOLE_SECONDS) C(STICKY_TIMEOUTS) C(ADDR_LIMIT_3GB)
    // linux/close_range.h
    C(CLOSE_RANGE_UNSHARE) C(CLOSE_RANGE_CLOEXEC)
    // linux/mempolicy.h
    C(MPOL_DEFAULT) C(MPOL_PREFERRED) C(MPOL_PREFERRED_MANY) C(MPOL_BIND) C(MPOL_INTERLEAVE) C(MPOL_LOCAL) C(MPOL_F_NODE)
    C(MPOL_F_ADDR) C(MPOL_F_MEMS_ALLOWED)
    // linux/io_uring.h
    C(IORING_ENTER_GETEVENTS) C(IORING_ENTER_SQ_WAKEUP) C(IORING_SETUP_IOPOLL) C(IORING_SETUP_SQPOLL)
    C(IORING_OFF_SQ_RING) C(IORING_OFF_CQ_RING) C(IORING_OFF_SQES)
    // linux/kcmp.h
    C(KCMP_FILE)
    // linux/magic.h
    C(EXT2_SUPER_MAGIC) C(TMPFS_MAGIC) C(OVERLAYFS_SUPER_MAGIC) C(PROC_SUPER_MAGIC) C(SYSFS_MAGIC)
    // O_LARGEFILE is 0 in libc's headers on x86-64, but strace prints the kernel's bit. include/uapi/asm-generic/fcntl.h
    {"O_LARGEFILE", 0100000}, {"FASYNC", 020000}, {"NULL", 0}, {"SIG_DFL", 0}, {"SIG_IGN", 1}, {"SIG_ERR", -1},
    {"SA_RESTORER", 0x04000000}, {"RLIM64_INFINITY", -1}, {"RLIM_INFINITY", -1}, {"_IOC_NONE", 0}, {"_IOC_WRITE", 1},
    {"_IOC_READ", 2}, {"AT_NULL", 0}, {"S_IRWXU", 0700}, {"true", 1}, {"false", 0},
    {"MAP_HUGE_SHIFT", 26}, {"SHM_HUGE_SHIFT", 26}, {"MFD_HUGE_SHIFT", 26},
};
// clang-format on
#undef C

struct Index {
  static constexpr std::size_t kSlots = 8192;
  std::array<std::uint16_t, kSlots> slots{};

  Index() {
    for (std::size_t i = 0; i < std::size(kConstants); ++i) {
      std::size_t at = hash_bytes(kConstants[i].name) % kSlots;
      while (slots[at] != 0) at = (at + 1) % kSlots;
      slots[at] = static_cast<std::uint16_t>(i + 1);
    }
  }
};

const Index kIndex;

struct Error {
  std::string_view name, text;
};

// libc's names and texts, and the errors that only the kernel and its tracers see: include/linux/errno.h. A
// trace of a file search fails in every second line, so that the look-up must not be slow.
class Errors {
 public:
  Errors() {
    for (int e = 1; e < kEnd; ++e) {
      const char* name = strerrorname_np(e);
      if (name != nullptr) add(e, {name, strerrordesc_np(e)});
    }
    add(512, {"ERESTARTSYS", "To be restarted if SA_RESTART is set"});
    add(513, {"ERESTARTNOINTR", "To be restarted"});
    add(514, {"ERESTARTNOHAND", "To be restarted if no handler"});
    add(516, {"ERESTART_RESTARTBLOCK", "Interrupted by signal"});
    add(524, {"ENOTSUPP", "Unknown error 524"});
    enter("EWOULDBLOCK", EAGAIN);
    enter("EDEADLOCK", EDEADLK);
  }
  [[nodiscard]] const Error* get(int error) const {
    return error > 0 && error < kEnd && !errors_[static_cast<std::size_t>(error)].name.empty()
               ? &errors_[static_cast<std::size_t>(error)]
               : nullptr;
  }
  [[nodiscard]] int find(std::string_view name) const {
    for (std::size_t at = hash_bytes(name) % kSlots; slots_[at].second != 0; at = (at + 1) % kSlots) {
      if (slots_[at].first == name) return slots_[at].second;
    }
    return 0;
  }

 private:
  static constexpr int kEnd = 525;
  static constexpr std::size_t kSlots = 1024;

  void add(int number, Error error) {
    errors_[static_cast<std::size_t>(number)] = error;
    enter(error.name, number);
  }
  void enter(std::string_view name, int number) {
    std::size_t at = hash_bytes(name) % kSlots;
    while (slots_[at].second != 0) at = (at + 1) % kSlots;
    slots_[at] = {name, number};
  }

  std::array<Error, kEnd> errors_;
  std::array<std::pair<std::string_view, int>, kSlots> slots_{};
};

const Errors& errors() {
  static const Errors table;
  return table;
}

constexpr int kFirstRealtime = 32;  // strace: SIGRTMIN is the kernel's 32, SIGRT_1 is 33
constexpr int kLastSignal = 64;

// -1: not a number of one or two digits.
int small_number(std::string_view text) {
  int n = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    n = n * 10 + (c - '0');
  }
  return text.empty() || text.size() > 2 ? -1 : n;
}

}  // namespace

std::optional<std::int64_t> find_constant(std::string_view name) {
  for (std::size_t at = hash_bytes(name) % Index::kSlots; kIndex.slots[at] != 0;
       at = (at + 1) % Index::kSlots) {
    const Entry& entry = kConstants[kIndex.slots[at] - 1u];
    if (entry.name == name) return entry.value;
  }
  if (name.starts_with("SIG")) {
    if (const int n = find_signal(name)) return n;
  } else if (name.starts_with('E')) {
    if (const int e = find_errno(name)) return e;
  }
  return std::nullopt;
}

int find_errno(std::string_view name) { return errors().find(name); }

std::string_view errno_name(int error) {
  const Error* e = errors().get(error);
  return e != nullptr ? e->name : std::string_view{};
}

std::string_view errno_text(int error) {
  const Error* e = errors().get(error);
  return e != nullptr ? e->text : std::string_view{};
}

int find_signal(std::string_view name) {
  if (!name.starts_with("SIG")) return 0;
  name.remove_prefix(3);
  for (int s = 1; s < kFirstRealtime; ++s) {
    const char* known = sigabbrev_np(s);
    if (known != nullptr && name == known) return s;
  }
  if (name == "RTMIN") return kFirstRealtime;
  if (name == "RTMAX") return kLastSignal;
  if (name == "IOT") return SIGABRT;
  if (name == "IO") return SIGIO;  // sigabbrev_np calls it POLL
  if (name.starts_with("RT_")) {
    const int n = small_number(name.substr(3));
    if (n >= 0 && kFirstRealtime + n <= kLastSignal) return kFirstRealtime + n;
  }
  return 0;
}

}  // namespace isosim::traces
