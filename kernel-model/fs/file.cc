#include "kernel-model/fs/file.h"

#include "kernel-model/ipc/epoll_item.h"

namespace isosim::kernel {

// Only the end of a whole run gets here with watchers left: put_file() unlinks them before.
File::~File() {
  for (EpollItem* item = watchers; item; item = item->next_watcher) item->file = nullptr;
}

void put_file(Kernel& k, Thread& t, Ref<File> file) {
  if (!file || file->use_count() > 1) return;
  if (file->watchers) eventpoll_release(k, t, *file);
  file->release(k, t);
}

}  // namespace isosim::kernel
