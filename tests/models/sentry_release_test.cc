#include <catch2/catch.hpp>

#include "models/sentry/release.h"

using namespace isosim::models;

TEST_CASE("a release is named as gVisor tags it", "[sentry]") {
  for (const Release release : kReleases) CHECK(parse_release(facts(release).name) == release);
  CHECK(parse_release("release-20190304.1") == Release::r20190304);
  CHECK_THROWS_WITH(parse_release("20180101.0"),
                    Catch::Contains("20180101.0") && Catch::Contains("20200127.0"));
}

TEST_CASE("what a release brought stays in the later ones", "[sentry]") {
  for (std::size_t i = 1; i < kReleases.size(); ++i) {
    const ReleaseFacts &older = facts(kReleases[i - 1]), &newer = facts(kReleases[i]);
    CHECK(newer.path_buffer <= older.path_buffer);
    CHECK(newer.p9_version >= older.p9_version);
    CHECK(newer.handle_sharing >= older.handle_sharing);
    CHECK(newer.clunk_by_finalizer <= older.clunk_by_finalizer);
    CHECK(newer.ppoll >= older.ppoll);
    CHECK(newer.flipcall >= older.flipcall);
    CHECK(newer.os_file <= older.os_file);
    CHECK(newer.reopen_by_procfs >= older.reopen_by_procfs);
  }
}
