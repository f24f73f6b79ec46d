#include "models/gofer/costs.h"

#include <span>
#include <string>

#include "kernel-model/catalogue/load.h"
#include "sim/data_file.h"

namespace isosim::data {
std::span<const sim::DataFile> gofer_files();
}

namespace isosim::models::gofer {

void load_catalogue(sim::Catalogue& catalogue) {
  for (const auto& file : data::gofer_files())
    kernel::load_catalogue_text(catalogue, file.name.ends_with("/client.json") ? "sentry" : "gofer",
                                file.name, file.text);
}

ServerPaths::ServerPaths(const sim::Catalogue& catalogue)
    : receive(catalogue.find("gofer.p9.receive")),
      send(catalogue.find("gofer.p9.send")),
      service(catalogue.find("gofer.p9.service")),
      channel(catalogue.find("gofer.p9.channel")) {
  const auto handler = [&](std::string_view name) {
    return catalogue.find(std::string("gofer.handler.").append(name));
  };
  version = handler("version");
  attach = handler("attach");
  walk = handler("walk");
  walk_name = handler("walk.name");
  walkgetattr = handler("walkgetattr");
  lopen = handler("lopen");
  lopen_reopen = handler("lopen.reopen");
  ucreate = handler("ucreate");
  getattr = handler("getattr");
  setattr = handler("setattr");
  clunk = handler("clunk");
  remove = handler("remove");
  flushf = handler("flushf");
  flush = handler("flush");
  read = handler("read");
  write = handler("write");
  fsync = handler("fsync");
  readlink = handler("readlink");
  statfs = handler("statfs");
  rename = handler("rename");
  renameat = handler("renameat");
  link = handler("link");
  unlinkat = handler("unlinkat");
  umkdir = handler("umkdir");
  usymlink = handler("usymlink");
  umknod = handler("umknod");
  xattr = handler("xattr");
  lconnect = handler("lconnect");
  allocate = handler("allocate");
  readdir = handler("readdir");
}

}  // namespace isosim::models::gofer
