#include "cpu/hw/vcd_file.h"

#include <sysc/tracing/sc_tracing_ids.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace isosim::cpu {

namespace {

std::string without_suffix(const std::string& file) {
  return file.ends_with(".vcd") ? file.substr(0, file.size() - 4) : file;
}

}  // namespace

VcdFile::VcdFile(std::string file) : file_(std::move(file)), written_(without_suffix(file_) + ".vcd") {
  if (!std::ofstream(written_)) throw std::runtime_error(file_ + ": cannot be created for the waveforms");
  sc_core::sc_report_handler::set_actions(sc_core::SC_ID_TRACING_TIMESCALE_UNIT_, sc_core::SC_DO_NOTHING);
  trace_ = sc_core::sc_create_vcd_trace_file(without_suffix(file_).c_str());
  trace_->set_time_unit(1, sc_core::SC_PS);
}

VcdFile::~VcdFile() {
  sc_core::sc_close_vcd_trace_file(trace_);
  erase_date();
  if (written_ != file_) std::rename(written_.c_str(), file_.c_str());
}

// SystemC writes the wall clock into the header.
void VcdFile::erase_date() const {
  std::fstream out(written_, std::ios::in | std::ios::out | std::ios::binary);
  std::string header(1024, '\0');
  out.read(header.data(), static_cast<std::streamsize>(header.size()));
  out.clear();
  const std::size_t begin = header.find("$date"), end = header.find("$end");
  if (begin == std::string::npos || end == std::string::npos || end < begin) return;
  out.seekp(static_cast<std::streamoff>(begin + 5));
  for (std::size_t i = begin + 5; i < end; ++i) out.put(header[i] == '\n' ? '\n' : ' ');
}

}  // namespace isosim::cpu
