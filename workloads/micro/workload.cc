#include "workloads/micro/workload.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "sim/nearest.h"
#include "workloads/call_statistics.h"
#include "workloads/micro/programs.h"

namespace isosim::workloads {

namespace {

constexpr Argument kCount{"count", "100000", "operations, after a tenth of them to warm up"};
constexpr Argument kSize{"size", "4096", "bytes a call; 64KiB and the like are understood"};
constexpr Argument kStorage{
    "storage", "image", "where the file lies, of what the platform has: image, tmpfs, volume, sentry-tmpfs"};

[[noreturn]] void unknown(std::string_view what, std::string_view name,
                          const std::vector<std::string_view>& known) {
  throw std::invalid_argument("no " + std::string(what) + " '" + std::string(name) + "'; nearest: '" +
                              sim::nearest(name, known) + "'");
}

std::map<std::string, std::string> with_defaults(const Workload& workload,
                                                 const std::map<std::string, std::string>& given) {
  std::map<std::string, std::string> values;
  std::vector<std::string_view> known;
  for (const Argument& argument : workload.arguments) {
    known.push_back(argument.name);
    values[std::string(argument.name)] = argument.default_value;
  }
  for (const auto& [name, value] : given) {
    if (!values.contains(name)) unknown("argument", name, known);
    values[name] = value;
  }
  return values;
}

}  // namespace

const std::vector<Workload>& workloads() {
  static const std::vector<Workload> all = {
      {"container-lifecycle",
       "containers created, started with a program that ends at once, and deleted, several at the same time",
       "container-lifecycle --platform runc --arg threads=4",
       {{"count", "20", "containers"}, {"threads", "1", "at the same time, 1 to 10"}},
       nullptr,
       nullptr,
       programs::container_life_cycle,
       true},
      {"gettimeofday",
       "the gettimeofday system call in a loop, past the vDSO",
       "gettimeofday --platform native,runc --arg count=1000",
       {kCount, {"served-by", "sentry", "who answers it on gVisor: sentry, host or gofer"}},
       programs::prepare_time_server,
       programs::gettimeofday},
      {"getuid", "getuid() in a loop", "getuid --platform native,runc", {kCount}, nullptr, programs::getuid},
      {"malloc",
       "malloc(size), never used, never freed",
       "malloc --platform native --arg size=1MiB",
       {kCount, {"size", "4096", "bytes an allocation"}},
       nullptr,
       programs::malloc,
       nullptr,
       true},
      {"malloc-touch",
       "malloc(size), every page touched, never freed",
       "malloc-touch --platform native --arg size=16KiB",
       {kCount, {"size", "4096", "bytes an allocation"}},
       nullptr,
       programs::malloc_touch,
       nullptr,
       true},
      {"open-close",
       "open(O_CREAT|O_RDWR) and close of one existing file",
       "open-close --platform native,runc --arg storage=tmpfs",
       {kCount, kStorage},
       programs::prepare_small_file,
       programs::open_close},
      {"python-import",
       "python3 that imports a module: the replay of a recorded import",
       "python-import --platform native,runc --arg module=jinja2",
       {{"module", "numpy", "a module whose import was recorded, or none"},
        {"storage", "image", "where Python's library and the modules lie"},
        {"traces", "", "folder of py_import_MODULE traces; empty: those of isosim's sources"}},
       nullptr,
       nullptr,
       programs::python_import,
       true},
      {"read",
       "read(size) through a file of 1,000 times the size, from its start again every 1,000 calls",
       "read --platform native,runc --arg size=64KiB --arg storage=tmpfs",
       {kCount, kSize, kStorage},
       programs::prepare_large_file,
       programs::read},
      {"write",
       "write(size) over a file of 1,000 times the size, from its start again every 1,000 calls",
       "write --platform native,runc --arg size=1MiB",
       {kCount, kSize, kStorage},
       programs::prepare_large_file,
       programs::write},
  };
  return all;
}

std::vector<std::string> settings_of(std::string_view name) {
  for (const Workload& workload : workloads())
    if (workload.name == name && workload.from_idle) return {"cpufreq.idle_before=1"};
  return {};
}

std::string Program::text(std::string_view name) const { return arguments_.at(std::string(name)); }

std::uint64_t Program::number(std::string_view name) const {
  const std::string value = text(name);
  std::uint64_t number = 0;
  const auto [rest, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  const std::string_view unit(rest, static_cast<std::size_t>(value.data() + value.size() - rest));
  static constexpr std::pair<std::string_view, int> units[] = {
      {"", 0}, {"B", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}};
  for (const auto& [suffix, shift] : units)
    if (error == std::errc{} && unit == suffix && number <= (UINT64_MAX >> shift) && number != 0)
      return number << shift;
  throw std::invalid_argument("--arg " + std::string(name) + "=" + value +
                              ": want a whole number above 0, with B, KiB, MiB or GiB behind it if you like");
}

std::int64_t Program::call(kernel::SysNr nr, std::initializer_list<std::uint64_t> args, std::string_view path,
                           int path_at) {
  sys_.nr = nr;
  std::copy(args.begin(), args.end(), sys_.arg.begin());
  if (path_at >= 0) sys_.at[static_cast<std::size_t>(path_at)] = path;
  const std::int64_t result = stack_.target().syscall(*thread_, sys_);
  if (path_at >= 0) sys_.at[static_cast<std::size_t>(path_at)] = std::monostate{};
  ++calls_;
  if (result < 0 && result >= -4095)
    throw std::runtime_error(std::string(kernel::syscall_name(nr)) + " failed with errno " +
                             std::to_string(-result) + (path.empty() ? "" : " on " + std::string(path)));
  return result;
}

void Program::add_latency(sim::Time span) {
  latency_.add(span);
  if (progress && latency_.count() % 1024 == 0) progress(latency_.count(), number("count"));
}

void Program::touch(kernel::Address address, std::uint64_t length, bool write) {
  if (stack_.target().touch(*thread_, address, length, write) != 0)
    throw std::runtime_error("the program would fault");
}

void Program::compute(std::uint64_t cycles) {
  const std::int64_t khz = stack_.cpu().spec().base_khz;
  stack_.target().compute(*thread_,
                          sim::picoseconds(static_cast<std::int64_t>(cycles) * 1'000'000'000 / khz));
}

Result run_workload(models::Stack& stack, std::string_view name,
                    const std::map<std::string, std::string>& arguments,
                    std::function<void(std::uint64_t, std::uint64_t)> progress) {
  const Workload* workload = nullptr;
  std::vector<std::string_view> known;
  for (const Workload& candidate : workloads()) {
    known.push_back(candidate.name);
    if (candidate.name == name) workload = &candidate;
  }
  if (!workload) unknown("workload", name, known);
  Program program(stack, with_defaults(*workload, arguments));
  program.progress = std::move(progress);
  if (workload->whole) {
    Result result = workload->whole(program);
    result.arguments = with_defaults(*workload, arguments);
    return result;
  }
  if (workload->prepare) workload->prepare(program);
  sim::Time start, end;
  kernel::Scheduler::Use before, after;
  stack.start(stack.program(), std::string(name), [&](kernel::Thread& thread) {
    program.run_on(thread);
    stack.host().sched->program_begins();
    start = thread.now();
    before = stack.host().sched->use();
    workload->run(program);
    end = thread.now();
    after = stack.host().sched->use();
    kernel::Sys leave;
    leave.nr = kernel::nr::exit_group;
    stack.target().syscall(thread, leave);
  });
  stack.run();
  Result result;
  result.simulated = end - start;
  result.digest = stack.engine().digest();
  result.calls = result.modelled = program.calls();
  result.latency = summarise(program.latency());
  result.exits = stack.exits();
  result.use = after - before;
  result.arguments = with_defaults(*workload, arguments);
  result.notes = program.notes();
  return result;
}

}  // namespace isosim::workloads
