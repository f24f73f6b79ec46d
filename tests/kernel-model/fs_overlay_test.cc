#include "tests/kernel-model/fs_fixture.h"

using namespace isosim;
using namespace isosim::test;

namespace {

// Two lower layers, an upper one and /merged over them, on a root file system of their own.
struct OverlayFixture : FsFixture {
  std::shared_ptr<FsContext> context;

  OverlayFixture() {
    context = k->vfs->initial_context();
    const auto directory = [&](const char* path) {
      k->vfs->populate(*context, {.path = path, .mode = file_mode::directory | 0755});
    };
    for (const char* path : {"/low1/both", "/low2/both", "/up", "/merged"}) directory(path);
    const auto file = [&](const char* path, std::uint64_t size) {
      k->vfs->populate(*context, {.path = path, .size = size});
    };
    file("/low1/file", 10'000);
    file("/low1/both/one", 1);
    file("/low2/both/two", 2);
    file("/low2/file", 99);  // hidden by the layer above
    file("/low2/deep", 5);
    SuperBlock& sb = k->vfs->make_overlay({at("/up"), at("/low1"), at("/low2")});
    k->vfs->mount_at(*context, "/merged", sb);
  }
  Path at(const char* path) const { return k->vfs->find(*context, path); }
  bool exists(const char* path) const { return at(path).dentry != nullptr; }
  std::uint64_t size(const char* path) const { return at(path).inode()->size; }
};

std::int64_t listed(Caller& call, const char* path) {
  const auto fd = call.open(path, open_flag::directory);
  std::int64_t names = 0, got = 0;
  while ((got = call(nr::getdents64, {fd, call.buffer, std::int64_t{24}})) > 0)
    ++names;  // names of up to 4 bytes
  call.close(fd);
  return names - 2;
}

}  // namespace

TEST_CASE("an overlay shows the topmost file and merges directories") {
  OverlayFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    CHECK(call.stat("/merged/file") == 0);
    CHECK(call.out.stat.size == 10'000);
    CHECK(call.stat("/merged/deep") == 0);
    CHECK(call.stat("/merged/both/one") == 0);
    CHECK(call.stat("/merged/both/two") == 0);
    CHECK(listed(call, "/merged/both") == 2);
    CHECK(listed(call, "/merged") == 3);
  });
  CHECK(fixture.at("/up").inode()->entries->empty());  // reading copies nothing
}

TEST_CASE("what is changed in an overlay changes the upper layer and no lower one") {
  OverlayFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    const auto fd = call.open("/merged/file", open_flag::rdwr | open_flag::append);
    CHECK(call.write(fd, 500) == 500);
    call.close(fd);
    CHECK(call(nr::truncate, {"/merged/both/two", std::int64_t{77}}) == 0);
    CHECK(call.create("/merged/new", 3) == 0);
    CHECK(call.unlink("/merged/both/one") == 0);
    CHECK(call.rename("/merged/deep", "/merged/both/deep") == 0);
    CHECK(call.stat("/merged/file") == 0);
    CHECK(call.out.stat.size == 10'500);
    CHECK(call.stat("/merged/both/one") == -ENOENT_);
    CHECK(call.stat("/merged/deep") == -ENOENT_);
    CHECK(call.stat("/merged/both/deep") == 0);
    CHECK(listed(call, "/merged/both") == 2);  // two, deep
  });
  CHECK(fixture.size("/low1/file") == 10'000);
  CHECK(fixture.size("/low2/both/two") == 2);
  CHECK(fixture.exists("/low1/both/one"));
  CHECK(fixture.exists("/low2/deep"));
  CHECK_FALSE(fixture.exists("/low1/new"));
  CHECK(fixture.size("/up/file") == 10'500);
  CHECK(fixture.size("/up/both/two") == 77);
  CHECK(fixture.size("/up/new") == 3);
}

TEST_CASE("a directory that is removed and made again hides the lower entries") {
  OverlayFixture fixture;
  fixture.run([](Thread& t) {
    Caller call(t);
    CHECK(call(nr::rmdir, {"/merged/both"}) == -ENOTEMPTY_);
    CHECK(call.unlink("/merged/both/one") == 0);
    CHECK(call.unlink("/merged/both/two") == 0);
    CHECK(call(nr::rmdir, {"/merged/both"}) == 0);
    CHECK(call.stat("/merged/both") == -ENOENT_);
    CHECK(call.mkdir("/merged/both") == 0);
    CHECK(call.stat("/merged/both/one") == -ENOENT_);
    CHECK(listed(call, "/merged/both") == 0);
  });
  CHECK(fixture.exists("/low1/both/one"));
  CHECK(fixture.exists("/low2/both/two"));
}

TEST_CASE("copying up costs more for more data and happens once") {
  sim::Time costs[2];
  OverlayFixture fixture;
  fixture.k->vfs->populate(*fixture.context, {.path = "/low1/big", .size = 1 << 20});
  fixture.run([&costs](Thread& t) {
    Caller call(t);
    const auto timed_open = [&](const char* path) {
      call.stat(path);
      const sim::Time start = t.now();
      call.close(call.open(path, open_flag::wronly));
      return t.now() - start;
    };
    costs[0] = timed_open("/merged/deep");
    costs[1] = timed_open("/merged/big");
    CHECK(costs[1] > costs[0]);
    CHECK(timed_open("/merged/big") < costs[0]);
  });
}

namespace {

// What one getdents64 of a directory with a hundred files takes.
sim::Time listing_cost(const std::vector<std::string>& layers, const char* directory, int times = 1) {
  FsFixture fixture;
  const auto context = fixture.k->vfs->initial_context();
  fixture.k->vfs->populate(*context, {.path = "/up", .mode = file_mode::directory | 0755});
  fixture.k->vfs->populate(*context, {.path = "/merged", .mode = file_mode::directory | 0755});
  for (const auto& layer : layers)
    for (int i = 0; i < 100; ++i)
      fixture.k->vfs->populate(*context, {.path = layer + "/dir/file" + std::to_string(i), .size = 1});
  std::vector<Path> places{fixture.k->vfs->find(*context, "/up")};
  for (const auto& layer : layers) places.push_back(fixture.k->vfs->find(*context, layer));
  fixture.k->vfs->mount_at(*context, "/merged", fixture.k->vfs->make_overlay(places));
  sim::Time span;
  fixture.run([&](Thread& t) {
    Caller call(t);
    const auto fd = call.open(directory, open_flag::directory);
    for (int i = 0; i < times; ++i) {
      call(nr::lseek, {fd, std::int64_t{0}, std::int64_t{0}});
      const sim::Time start = t.now();
      CHECK(call(nr::getdents64, {fd, call.buffer, std::int64_t{65536}}) > 3000);
      span = t.now() - start;
    }
  });
  return span;
}

}  // namespace

TEST_CASE("a directory of one layer is listed by that layer's file system") {
  const sim::Time native = listing_cost({"/low"}, "/low/dir"), single = listing_cost({"/low"}, "/merged/dir");
  CHECK(single == native);
}

TEST_CASE("a merged directory is read from all layers once, and then from its list") {
  const sim::Time native = listing_cost({"/low"}, "/low/dir"),
                  merged = listing_cost({"/low", "/below"}, "/merged/dir"),
                  again = listing_cost({"/low", "/below"}, "/merged/dir", 2);
  CHECK(merged > native * 2);
  CHECK(again < native);
}
