// Path lookup (fs/namei.c): from a string to a dentry, a component at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernel-model/fs/fs_context.h"

namespace isosim::kernel {

inline constexpr std::int32_t kAtFdCwd = -100;

namespace at_flag {
inline constexpr std::uint32_t symlink_nofollow = 0x100, removedir = 0x200, eaccess = 0x200,
                               symlink_follow = 0x400, empty_path = 0x1000;
}

namespace lookup_flag {
inline constexpr std::uint32_t follow = 1, directory = 2, empty = 4;
}

// user_path_at(): the place that `name` names, from `dfd` if relative. Needs search permission on the way.
std::int64_t path_lookup(Thread& t, std::int32_t dfd, std::string_view name, std::uint32_t flags, Path& out);

// filename_parentat(): the directory of the last component, and that component. `special`: it is ".", ".." or
// "/". A relative name starts from out.parent if that is set (a symlink's target), else from `dfd`.
struct LastComponent {
  Path parent;
  std::string_view name;
  bool special = false;
  bool trailing_slash = false;
  // Not to be asked for where attributes are remote: the Sentry's symlink, link and rename do not walk to the
  // last name, so that nobody checks the right to search its directory.
  bool search_checked = true;
};
std::int64_t path_parent(Thread& t, std::int32_t dfd, std::string_view name, LastComponent& out);

// The dentry of `name` in `parent`, negative if it does not exist; asks the file system on a dcache miss.
std::int64_t lookup_one(Thread& t, const Path& parent, std::string_view name, Ref<Dentry>& out);

// The same without a mount; `t` null spends no time.
std::int64_t lookup_dentry(Thread* t, Dentry& parent, std::string_view name, Ref<Dentry>& out);

struct Credentials;

// Permission bits as access(2) has them.
inline constexpr std::uint32_t kMayExec = 1, kMayWrite = 2, kMayRead = 4;
// Whether the thread may; 0 or -EACCES (and -EROFS for writing on a read-only mount).
std::int64_t inode_permission(Thread& t, Inode& inode, std::uint32_t mask);
std::int64_t path_permission(Thread& t, const Path& path, std::uint32_t mask);
// The same for other credentials than the thread's: access(2).
std::int64_t inode_permission(const Credentials& credentials, const Inode& inode, std::uint32_t mask);
std::int64_t path_permission(const Credentials& credentials, const Path& path, std::uint32_t mask);
// may_delete() and the sticky bit: -EPERM or -EACCES.
std::int64_t may_delete(Thread& t, const Path& parent, const Dentry& victim);
// capable(CAP_*), by number.
bool capable(const Thread& t, int capability);
bool owner_or_capable(const Thread& t, const Inode& inode);

// d_path(): the name of a place seen from the thread's root; "(deleted)" is appended if it was unlinked.
std::string path_name(const FsContext& from, const Path& path);

}  // namespace isosim::kernel
