#include "kernel-model/ipc/ipc_paths.h"

#include "kernel-model/kernel.h"

namespace isosim::kernel {

IpcPaths::IpcPaths(const Kernel& k)
    : mutex_spin(k.path("ipc.mutex.spin")),
      pipe_create(k.path("ipc.pipe.create")),
      pipe_release(k.path("ipc.pipe.release")),
      pipe_lock(k.path("ipc.pipe.lock")),
      pipe_read(k.path("ipc.pipe.read")),
      pipe_write(k.path("ipc.pipe.write")),
      pipe_buffer(k.path("ipc.pipe.buffer")),
      pipe_page(k.path("ipc.pipe.page")),
      pipe_poll(k.path("ipc.pipe.poll")),
      pipe_resize(k.path("ipc.pipe.resize")),
      fifo_open(k.path("ipc.fifo.open")),
      wait_sleep(k.path("ipc.wait.sleep")),
      wake_walk(k.path("ipc.wait.wake")),
      splice_segment(k.path("ipc.splice.segment")),
      tty_read(k.path("tty.read")),
      tty_write(k.path("tty.write")),
      eventfd_create(k.path("ipc.eventfd.create")),
      eventfd_read(k.path("ipc.eventfd.read")),
      eventfd_write(k.path("ipc.eventfd.write")),
      eventfd_poll(k.path("ipc.eventfd.poll")),
      mqueue_send(k.path("ipc.mqueue.send")),
      mqueue_receive(k.path("ipc.mqueue.receive")),
      mqueue_control(k.path("ipc.mqueue.control")),
      mqueue_report(k.path("ipc.mqueue.report")),
      poll_call(k.path("ipc.poll.call")),
      poll_fd(k.path("ipc.poll.fd")),
      poll_wait_fd(k.path("ipc.poll.wait_fd")),
      select_call(k.path("ipc.select.call")),
      select_fd(k.path("ipc.select.fd")),
      epoll_create(k.path("ipc.epoll.create")),
      epoll_release(k.path("ipc.epoll.release")),
      epoll_add(k.path("ipc.epoll.add")),
      epoll_modify(k.path("ipc.epoll.modify")),
      epoll_delete(k.path("ipc.epoll.delete")),
      epoll_wait(k.path("ipc.epoll.wait")),
      epoll_event(k.path("ipc.epoll.event")),
      epoll_callback(k.path("ipc.epoll.callback")) {}

}  // namespace isosim::kernel
