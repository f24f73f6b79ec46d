#include "models/container/docker.h"

#include "kernel-model/abi/syscall_names.h"
#include "kernel-model/fs/inode.h"
#include "kernel-model/fs/mount.h"
#include "kernel-model/fs/vfs.h"
#include "kernel-model/sched/completion.h"
#include "models/container/go_files.h"
#include "models/container/go_program.h"
#include "sim/params.h"

namespace isosim::models {

using kernel::Thread;
namespace nr = kernel::nr;

namespace {

const sim::Param dockerd_bytes{"docker.dockerd_bytes",
                               "bytes",
                               1e6,
                               2e8,
                               60e6,
                               "size of dockerd's binary",
                               "18.09's static package, about 60 MB; inference"};
const sim::Param containerd_bytes{
    "docker.containerd_bytes",    "bytes", 1e6, 2e8, 32e6, "size of containerd's binary",
    "1.2, about 32 MB; inference"};
const sim::Param client_bytes{"docker.client_bytes",
                              "bytes",
                              1e6,
                              2e8,
                              48e6,
                              "size of the docker command's binary",
                              "18.09's static package, about 48 MB; inference"};

constexpr const char* kContainerd = "/usr/bin/containerd";
constexpr const char* kClient = "/usr/bin/docker";
constexpr std::uint64_t kContainerBytes = 4000, kHostConfigBytes = 1500, kSpecBytes = 20000;

std::string layer_of(const std::string& id) { return "/var/lib/docker/overlay2/" + id; }
// overlay2's link to a layer, for shorter mount options.
std::string short_name(const std::string& layer) {
  return "/var/lib/docker/overlay2/l/" + layer.substr(layer.rfind('/') + 1);
}
std::string bundle_of(const std::string& id) {
  return "/run/containerd/io.containerd.runtime.v1.linux/moby/" + id;
}
std::string layer_record(const std::string& id) {
  return "/var/lib/docker/image/overlay2/layerdb/mounts/" + id;
}

// The image's layers without the init layer, of "lowerdir=init:layer:...,upperdir=...".
std::string image_layers(const std::string& options) {
  const std::size_t from = options.find(':') + 1;
  return options.substr(from, options.find(",upperdir") - from);
}

}  // namespace

std::string Docker::root_of(const std::string& id) { return "/var/lib/docker/containers/" + id; }

Docker::Docker(kernel::Kernel& host, std::shared_ptr<kernel::FsContext> files)
    : host_(host),
      files_(std::move(files)),
      mounts_(host),
      networks_(host),
      network_store_(host, *files_, "/var/lib/docker/network/files/local-kv.db"),
      containerd_store_(host, *files_, "/var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db") {
  for (const auto& [path, bytes] :
       {std::pair{kDockerd, &dockerd_bytes}, {kContainerd, &containerd_bytes}, {kClient, &client_bytes}})
    install_go_program(*host.vfs, *files_, path, static_cast<std::uint64_t>(host.settings.integer(*bytes)));
  for (const char* directory : {"/var/lib/docker/containers", "/var/lib/docker/overlay2/l",
                                "/run/docker/netns", "/var/lib/docker/image/overlay2/layerdb/mounts"})
    host.vfs->populate(*files_, {.path = directory, .mode = kernel::file_mode::directory | 0755});
}

void Docker::start(unsigned clients) {
  std::vector<Worker*> dockerd, containerd;
  for (unsigned i = 0; i < clients; ++i) {
    const auto& client = clients_.emplace_back(std::make_unique<Client>(host_));
    dockerd.insert(dockerd.end(), {&client->dockerd, &client->network});
    containerd.push_back(&client->containerd);
  }
  start_daemon(host_, files_, "dockerd", kDockerd, std::move(dockerd));
  start_daemon(host_, files_, "containerd", kContainerd, std::move(containerd));
}

void Docker::await(Thread& client, unsigned number) {
  Client& own = *clients_[number];
  for (Worker* worker : {&own.dockerd, &own.network, &own.containerd})
    worker->call(client, [](RuntimeCalls&) {});
}

void Docker::run(RuntimeCalls& shell, unsigned number, const std::string& id, const Image& image,
                 ContainerLife& life, const std::function<void(Thread&)>& program) {
  constexpr int kThreads = 4;
  Client& client = *clients_[number];
  Box box{id, image, life, nullptr};
  life.before_start(
      [this, &client, &box](RuntimeCalls& runtime, std::int32_t pid) { hook(runtime, pid, client, box); });
  const std::int32_t command = start_process(shell, [&](RuntimeCalls& own) {
    RuntimeCalls calls = exec_go_program(own, kClient, kThreads);
    const auto ask = [&](const char* frame, const Worker::Request& request) {
      client.dockerd.call(calls.thread(), [&](RuntimeCalls& dockerd) {
        const sim::Frame shown(*dockerd.thread().task, frame);
        handle_request(dockerd);
        request(dockerd);
      });
    };
    ask("docker create", [&](RuntimeCalls& dockerd) { create(dockerd, box); });
    ask("docker start", [&](RuntimeCalls& dockerd) { start_container(dockerd, client, box, program); });
    ask("docker clean up", [&](RuntimeCalls& dockerd) { clean_up(dockerd, client, box); });
    ask("docker remove", [&](RuntimeCalls& dockerd) { remove(dockerd, box); });
    calls.attempt(nr::exit_group, {0});
  });
  shell.wait_for(command);
}

// Container.CheckpointTo.
void Docker::checkpoint(RuntimeCalls& calls, const Box& box) {
  write_atomically(calls, root_of(box.id) + "/config.v2.json", kContainerBytes);
  write_atomically(calls, root_of(box.id) + "/hostconfig.json", kHostConfigBytes);
}

// layerStore.CreateRWLayer: an init layer over the image's, filled through a mount of its own. The
// directories of both layers themselves are there since the image was described.
void Docker::make_layers(RuntimeCalls& calls, const Box& box) {
  const GoLock lock(mounts_, calls.thread());
  const std::string init = layer_of(box.id) + "-init", merged = init + "/merged";
  for (const char* name : {"/work", "/merged"}) calls.call(nr::mkdir, {0, 0700}, {{0, init + name}});
  for (const std::string& of : {init, layer_of(box.id)}) {
    calls.call(nr::symlink, {}, {{0, of + "/diff"}, {1, short_name(of)}});
    write_file(calls, of + "/link", 26);
    write_file(calls, of + "/lower", 200);
  }
  calls.mount("overlay", merged, "overlay", 0,
              "lowerdir=" + image_layers(box.image.options()) + ",upperdir=" + init +
                  "/diff,workdir=" + init + "/work");
  for (const auto& entry : kInitLayer)  // initlayer.Setup
    calls.attempt(nr::stat, {0, calls.buffer()}, {{0, merged + entry.first}});
  calls.call(nr::umount2, {0, 0}, {{0, merged}});
  calls.call(nr::mkdir, {0, 0755}, {{0, layer_record(box.id)}});
  for (const char* name : {"/mount-id", "/init-id", "/parent"})
    write_file(calls, layer_record(box.id) + name, 71);
}

// Daemon.create. The mount is for volumes and the working directory (createContainerOSSpecificSettings).
void Docker::create(RuntimeCalls& calls, const Box& box) {
  make_layers(calls, box);
  for (const char* name : {"", "/checkpoints"})
    calls.call(nr::mkdir, {0, 0700}, {{0, root_of(box.id) + name}});
  calls.mount("overlay", box.image.merged(), "overlay", 0, box.image.options());
  calls.call(nr::umount2, {0, 0}, {{0, box.image.merged()}});
  checkpoint(calls, box);
}

// Daemon.containerStart. The container's root is mounted by what stands for the shim (shim.h).
void Docker::start_container(RuntimeCalls& calls, Client& client, Box& box,
                             const std::function<void(Thread&)>& program) {
  connect(calls, box);
  const std::string shm = root_of(box.id) + "/mounts/shm";
  calls.make_directories(shm);
  calls.mount("shm", shm, "tmpfs",
              kernel::mount_flag::noexec | kernel::mount_flag::nosuid | kernel::mount_flag::nodev);
  write_file(calls, root_of(box.id) + "/" + box.id + "-json.log", 1);
  client.containerd.call(calls.thread(), [&](RuntimeCalls& containerd) { make_task(containerd, box); });
  client.containerd.call(calls.thread(), [&](RuntimeCalls& containerd) {
    handle_request(containerd);
    step(containerd.thread(),
         [&](ContainerLife::Done done) { box.life.begin_start("program", program, std::move(done)); });
  });
  checkpoint(calls, box);
}

// NewContainer, with a lease around it, and NewTask: the shim is started, which has the runtime create.
void Docker::make_task(RuntimeCalls& calls, Box& box) {
  const sim::Frame shown(*calls.thread().task, "containerd create");
  handle_request(calls);
  constexpr int kTransactions = 3;  // the lease, the container, the lease's end
  for (int i = 0; i < kTransactions; ++i) containerd_store_.commit(calls);
  handle_request(calls);
  calls.make_directories(bundle_of(box.id));
  write_file(calls, bundle_of(box.id) + "/config.json", kSpecBytes);
  step(calls.thread(), [&](ContainerLife::Done done) { box.life.begin_create(std::move(done)); });
}

void Docker::step(Thread& thread, const std::function<void(ContainerLife::Done)>& begin) {
  const auto end = std::make_shared<kernel::Completion>();
  begin([this, end] { end->complete(host_, nullptr); });
  end->wait(host_, thread);
}

// ProcessEvent of the exit: the task is deleted, with the shim; Daemon.Cleanup.
void Docker::clean_up(RuntimeCalls& calls, Client& client, Box& box) {
  client.containerd.call(calls.thread(), [&](RuntimeCalls& containerd) {
    handle_request(containerd);
    step(containerd.thread(), [&](ContainerLife::Done done) { box.life.begin_delete(std::move(done)); });
    remove_all(containerd, bundle_of(box.id), {"config.json", "init.pid", "config.clean.json"});
  });
  disconnect(calls, box);
  calls.call(nr::umount2, {0, 2}, {{0, root_of(box.id) + "/mounts/shm"}});  // MNT_DETACH
  client.containerd.call(calls.thread(), [&](RuntimeCalls& containerd) {
    handle_request(containerd);
    containerd_store_.commit(containerd);
  });
  checkpoint(calls, box);
}

// Daemon.cleanupContainer.
void Docker::remove(RuntimeCalls& calls, const Box& box) {
  checkpoint(calls, box);
  {
    const GoLock lock(mounts_, calls.thread());  // layerStore.ReleaseRWLayer
    for (const std::string& of : {layer_of(box.id), layer_of(box.id) + "-init"}) {
      read_file(calls, of + "/link");
      calls.call(nr::unlink, {}, {{0, short_name(of)}});
      remove_all(calls, of, {"link", "lower"}, {"merged", "work/work", "work"});
    }
    remove_all(calls, layer_record(box.id), {"mount-id", "init-id", "parent"});
  }
  const std::string log = box.id + "-json.log";
  remove_all(
      calls, root_of(box.id),
      {"config.v2.json", "hostconfig.json", "hosts", "hostname", "resolv.conf", "resolv.conf.hash", log},
      {"mounts/shm", "mounts", "checkpoints"});
}

}  // namespace isosim::models
