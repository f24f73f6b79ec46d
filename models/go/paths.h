// The paths of models/go/catalogue.json.
#pragma once

#include "models/go/runtime.h"
#include "sim/path.h"

namespace isosim::go {

struct Runtime::Paths {
  explicit Paths(const sim::Catalogue& c)
      : park(c.find("go.park")),
        ready(c.find("go.ready")),
        execute(c.find("go.execute")),
        steal(c.find("go.steal")),
        startm(c.find("go.startm")),
        stopm(c.find("go.stopm")),
        syscall(c.find("go.syscall")),
        exitsyscall_slow(c.find("go.exitsyscall_slow")),
        newproc(c.find("go.newproc")),
        sysmon(c.find("go.sysmon")) {}
  sim::PathId park, ready, execute, steal, startm, stopm, syscall, exitsyscall_slow, newproc, sysmon;
};

}  // namespace isosim::go
