// The programs of HotCloud'19's measurements, as its raw data describes them (conventions: one thread, calls
// in sequence, the result is the mean over the calls).
#pragma once

namespace isosim::workloads {

class Program;
struct Result;

namespace programs {

void getuid(Program& program);
void gettimeofday(Program& program);
void malloc(Program& program);
void malloc_touch(Program& program);
void open_close(Program& program);
void read(Program& program);
void write(Program& program);

void prepare_small_file(Program& program);
void prepare_large_file(Program& program);
void prepare_time_server(Program& program);

// These make the whole run.
Result python_import(Program& program);
Result container_life_cycle(Program& program);

}  // namespace programs
}  // namespace isosim::workloads
