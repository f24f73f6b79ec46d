#include "kernel-model/fs/calls.h"
#include "kernel-model/fs/close.h"
#include "kernel-model/fs/fcntl_lock.h"
#include "kernel-model/fs/inode.h"
#include "kernel-model/fs/vfs.h"

namespace isosim::kernel {

namespace {

std::int64_t sys_dup(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.vfs->paths.dup);
  FdTable& files = *t.process->files;
  const Ref<File> file(files.get(s.fd(0)));
  return file ? files.install(file, false) : -EBADF_;
}

std::int64_t duplicate_to(Kernel& k, Thread& t, std::int32_t from, std::int32_t to, bool cloexec) {
  FdTable& files = *t.process->files;
  const Ref<File> file(files.get(from));
  if (!file || to < 0 || static_cast<std::uint64_t>(to) >= files.limit) return -EBADF_;
  if (Ref<File> old = files.remove(to)) close_file(k, t, std::move(old));
  return files.install_at(to, file, cloexec);
}

std::int64_t sys_dup2(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.vfs->paths.dup);
  if (s.fd(0) == s.fd(1)) return t.process->files->get(s.fd(0)) ? s.fd(0) : -EBADF_;
  return duplicate_to(k, t, s.fd(0), s.fd(1), false);
}

std::int64_t sys_dup3(Kernel& k, Thread& t, Sys& s) {
  t.charge(k.vfs->paths.dup);
  if ((s.arg[2] & ~std::uint64_t{open_flag::cloexec}) || s.fd(0) == s.fd(1)) return -EINVAL_;
  return duplicate_to(k, t, s.fd(0), s.fd(1), s.arg[2] != 0);
}

std::int64_t set_flags(File& file, std::uint32_t flags) {
  constexpr std::uint32_t kSettable =
      open_flag::append | open_flag::nonblock | open_flag::direct | open_flag::noatime | 020000;  // FASYNC
  if ((flags & open_flag::direct) && file.inode() && file.inode()->sb.type == "tmpfs") return -EINVAL_;
  file.flags = (file.flags & ~kSettable) | (flags & kSettable);
  return 0;
}

// shmem_add_seals(), shmem_get_seals() (mm/shmem.c).
bool sealable(const File& file) {
  return file.inode() && file.inode()->is_regular() && file.inode()->sb.type == "tmpfs";
}

std::int64_t add_seals(File& file, std::uint32_t seals) {
  constexpr std::uint32_t kAll = seal::seal | seal::shrink | seal::grow | seal::write;
  if (!sealable(file)) return -EINVAL_;
  if (!file.writable()) return -EPERM_;
  if (seals & ~kAll) return -EINVAL_;
  if (file.inode()->seals & seal::seal) return -EPERM_;
  file.inode()->seals |= seals;
  return 0;
}

std::int64_t sys_fcntl(Kernel& k, Thread& t, Sys& s) {
  enum : std::uint64_t {
    kDupFd = 0,
    kGetFd = 1,
    kSetFd = 2,
    kGetFl = 3,
    kSetFl = 4,
    kGetLk = 5,
    kSetLk = 6,
    kSetLkW = 7,
    kSetOwn = 8,
    kGetOwn = 9,
    kSetSig = 10,
    kGetSig = 11,
    kSetOwnEx = 15,
    kGetOwnEx = 16,
    kOfdGetLk = 36,
    kOfdSetLk = 37,
    kOfdSetLkW = 38,
    kSetLease = 1024,
    kGetLease = 1025,
    kNotify = 1026,
    kDupFdCloexec = 1030,
    kSetPipe = 1031,
    kGetPipe = 1032,
    kAddSeals = 1033,
    kGetSeals = 1034
  };
  t.charge(k.vfs->paths.fcntl);
  FdTable& files = *t.process->files;
  FdTable::Slot* slot = files.slot(s.fd(0));
  if (!slot) return -EBADF_;
  const Ref<File> file = slot->file;
  const std::uint64_t command = s.arg[1] & 0xFFFFFFFF;
  if ((file->flags & open_flag::path) && command > kGetFl && command != kDupFdCloexec) return -EBADF_;
  switch (command) {
    case kDupFd:
    case kDupFdCloexec:
      if (s.arg[2] >= files.limit) return -EINVAL_;
      return files.install(file, command == kDupFdCloexec, static_cast<std::int32_t>(s.arg[2]));
    case kGetFd:
      return slot->cloexec ? 1 : 0;
    case kSetFd:
      slot->cloexec = (s.arg[2] & 1) != 0;
      return 0;
    case kGetFl:
      return file->flags;
    case kSetFl:
      return set_flags(*file, static_cast<std::uint32_t>(s.arg[2]));
    case kGetLk:
    case kOfdGetLk:
      return get_lock(t, *file, s, command == kOfdGetLk);
    case kSetLk:
    case kSetLkW:
      return set_lock(t, *file, s, false, command == kSetLkW);
    case kOfdSetLk:
    case kOfdSetLkW:
      return set_lock(t, *file, s, true, command == kOfdSetLkW);
    case kSetPipe:
      return s.arg[2] == 0 ? -EINVAL_ : file->pipe_size(t, s.arg[2]);
    case kGetPipe:
      return file->pipe_size(t, 0);
    case kGetLease:
      return 2;  // F_UNLCK
    case kSetLease:
    case kNotify:
    case kSetOwn:
    case kSetSig:
    case kSetOwnEx:
    case kGetOwnEx:
    case kGetSig:
    case kGetOwn:
      return 0;
    case kAddSeals:
      return add_seals(*file, static_cast<std::uint32_t>(s.arg[2]));
    case kGetSeals:
      return sealable(*file) ? static_cast<std::int64_t>(file->inode()->seals) : -EINVAL_;
    default:
      return -EINVAL_;
  }
}

std::int64_t sys_ioctl(Kernel& k, Thread& t, Sys& s) {
  constexpr std::uint64_t kFionclex = 0x5450, kFioclex = 0x5451, kFionbio = 0x5421, kFioasync = 0x5452;
  t.charge(k.vfs->paths.ioctl);
  FdTable::Slot* slot = t.process->files->slot(s.fd(0));
  if (!slot) return -EBADF_;
  const Ref<File> file = slot->file;
  switch (s.arg[1] & 0xFFFFFFFF) {
    case kFioclex:
      slot->cloexec = true;
      return 0;
    case kFionclex:
      slot->cloexec = false;
      return 0;
    case kFionbio: {  // the int that the argument points to; a caller that does not say means 1
      const auto* on = s.get<FileOffset>(2);
      const bool set = !on || on->value != 0;
      file->flags = set ? file->flags | open_flag::nonblock : file->flags & ~open_flag::nonblock;
      return 0;
    }
    case kFioasync:
      return 0;
    default: {
      IoctlArgument* const* data = s.get<IoctlArgument*>(2);
      // Terminals get the int that these point to.
      constexpr std::uint64_t kTiocspgrp = 0x5410, kTiocpkt = 0x5420;
      const std::uint64_t request = s.arg[1] & 0xFFFFFFFF;
      const bool points = request == kTiocspgrp || request == kTiocpkt;
      const auto* number = points ? s.get<FileOffset>(2) : nullptr;
      return file->device_ioctl(k, t, request, number ? number->value : s.arg[2], data ? *data : nullptr,
                                s.out);
    }
  }
}

}  // namespace

void register_descriptor_calls(SyscallTable& table) {
  table.set(nr::dup, sys_dup);
  table.set(nr::dup2, sys_dup2);
  table.set(nr::dup3, sys_dup3);
  table.set(nr::fcntl, sys_fcntl);
  table.set(nr::ioctl, sys_ioctl);
}

}  // namespace isosim::kernel
