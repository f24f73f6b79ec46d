#include "kernel-model/fs/vfs.h"

#include <stdexcept>

#include "kernel-model/fs/device_file.h"
#include "kernel-model/fs/ext4.h"
#include "kernel-model/fs/overlay.h"
#include "kernel-model/fs/procfs.h"
#include "kernel-model/fs/sysfs.h"
#include "kernel-model/fs/tmpfs.h"
#include "kernel-model/fs/writeback.h"
#include "kernel-model/ipc/mqueue_fs.h"
#include "kernel-model/kernel.h"
#include "kernel-model/process/namespaces.h"
#include "kernel-model/process/process_table.h"

namespace isosim::kernel {

Vfs::Vfs(Kernel& its_kernel)
    : kernel(its_kernel),
      paths(its_kernel),
      writeback(new Writeback(its_kernel)),
      initial_mounts_(new MountNamespace) {
  register_devices(*this);
}

Vfs::~Vfs() = default;

SuperBlock& Vfs::adopt(std::unique_ptr<SuperBlock> sb) {
  supers_.push_back(std::move(sb));
  return *supers_.back();
}

SuperBlock& Vfs::make_tmpfs(std::uint32_t mode) { return adopt(std::make_unique<Tmpfs>(*this, mode)); }

SuperBlock& Vfs::anonymous() {
  if (!anonymous_) anonymous_ = &make_tmpfs(0777);
  return *anonymous_;
}

Ref<Mount> Vfs::new_mount(SuperBlock& sb, Ref<Dentry> root, std::uint64_t flags, std::string_view source) {
  Ref<Mount> mount(new Mount);
  mount->sb = &sb;
  mount->root = std::move(root);
  mount->flags = flags;
  mount->id = next_mount_++;
  mount->source = source;
  return mount;
}

std::shared_ptr<FsContext> Vfs::initial_context() const {
  if (!initial_mounts_->root) throw std::logic_error("Vfs::boot() has not made a root file system");
  auto context = std::make_shared<FsContext>();
  context->mounts = initial_mounts_;
  context->root = {initial_mounts_->root, initial_mounts_->root->root};
  context->cwd = context->root;
  return context;
}

Mount& Vfs::mount_at(FsContext& context, std::string_view where, SuperBlock& sb, std::uint64_t flags,
                     std::string_view source) {
  const Path place = find(context, where);
  if (!place.dentry || place.dentry->negative()) {
    throw std::invalid_argument("mount point " + std::string(where) + " does not exist");
  }
  const Ref<Mount> mount = new_mount(sb, sb.root, flags, source);
  context.mounts->attach(mount, place);
  return *mount;
}

void Vfs::set_root(SuperBlock& root, std::string_view source) {
  initial_mounts_->root = new_mount(root, root.root, mount_flag::relatime, source);
  initial_mounts_->mounts.push_back(initial_mounts_->root);
}

void Vfs::boot(cpu::BlockDevice* disk) {
  set_root(disk ? make_ext4(*disk) : make_tmpfs(0755), disk ? "/dev/sda1" : "rootfs");
  const auto context = initial_context();
  const auto directory = [&](std::string path, std::uint32_t mode) {
    populate(*context, {.path = std::move(path), .mode = file_mode::directory | mode});
  };
  for (const char* path : {"/proc", "/sys", "/dev", "/run", "/etc", "/home", "/usr", "/var"})
    directory(path, 0755);
  directory("/root", 0700);
  directory("/tmp", 01777);
  mount_at(*context, "/proc", make_procfs(), 0, "proc");
  mount_at(*context, "/sys", make_sysfs(), 0, "sysfs");
  mount_at(*context, "/dev", make_tmpfs(0755), mount_flag::nosuid, "udev");
  mount_at(*context, "/run", make_tmpfs(0755), mount_flag::nosuid | mount_flag::noexec, "tmpfs");
  make_device_nodes(*this, *context, "/dev");
  directory("/dev/shm", 01777);
  directory("/dev/pts", 0755);
  directory("/dev/mqueue", 0755);
  mount_at(*context, "/dev/mqueue", MqueueFs::of(*this, *kernel.procs->initial_namespaces->ipc), 0, "mqueue");
  mount_at(*context, "/dev/shm", make_tmpfs(01777), mount_flag::nosuid | mount_flag::nodev, "tmpfs");
}

SuperBlock& Vfs::make_ext4(cpu::BlockDevice& disk) { return adopt(std::make_unique<Ext4>(*this, disk)); }
SuperBlock& Vfs::make_procfs(std::shared_ptr<PidNamespace> pids) {
  return adopt(std::make_unique<Procfs>(*this, std::move(pids)));
}
SuperBlock& Vfs::make_sysfs() { return adopt(std::make_unique<Sysfs>(*this)); }
SuperBlock& Vfs::make_overlay(std::vector<Path> layers) {
  return adopt(std::make_unique<Overlay>(*this, std::move(layers)));
}

}  // namespace isosim::kernel
