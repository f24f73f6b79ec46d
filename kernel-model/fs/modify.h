// Changes to the tree: what creat, mkdir, mknod, symlink, link, unlink, rmdir, rename and truncate share.
#pragma once

#include "kernel-model/fs/namei.h"
#include "kernel-model/fs/super_block.h"

namespace isosim::kernel {

// vfs_create(), vfs_mkdir() and so on: makes the node that the negative `dentry` stands for. The umask has
// been applied.
std::int64_t create_node(Thread& t, const Path& parent, const Ref<Dentry>& dentry, NewNode node);

// filename_create() and create_node(): mkdir, mknod, symlink, bind of a unix socket. EEXIST if the name
// exists.
std::int64_t make_node(Thread& t, std::int32_t dfd, std::string_view name, const NewNode& node);

// O_TMPFILE: an inode without a name.
std::int64_t create_unnamed(Thread& t, const Path& directory, NewNode node, Path& out);

std::int64_t link_node(Thread& t, std::int32_t old_dfd, std::string_view old_name, std::int32_t new_dfd,
                       std::string_view new_name, std::uint32_t at_flags);
std::int64_t unlink_node(Thread& t, std::int32_t dfd, std::string_view name);
// vfs_unlink(): of a file that may be removed (may_delete), under the lock of its directory.
std::int64_t unlink_dentry(Thread& t, const Path& parent, Ref<Dentry> victim);
std::int64_t remove_directory(Thread& t, std::int32_t dfd, std::string_view name);
std::int64_t rename_node(Thread& t, std::int32_t old_dfd, std::string_view old_name, std::int32_t new_dfd,
                         std::string_view new_name, std::uint32_t flags);

std::int64_t truncate_path(Thread& t, const Path& path, std::uint64_t size);

// notify_change() on a place: mount and immutability are checked, then the file system is asked.
std::int64_t change_attributes(Thread& t, const Path& path, const AttributeChange& change);

// Follows what is mounted on `path`.
void cross_mounts(Thread& t, Path& path);

}  // namespace isosim::kernel
