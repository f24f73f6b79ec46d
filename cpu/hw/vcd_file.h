// A value change dump for waveform viewers such as GTKWave, the same bytes for the same run.
#pragma once

#include <string>
#include <systemc>

namespace isosim::cpu {

class VcdFile {
 public:
  // Creates `file`, under exactly that name. Throws std::runtime_error if it cannot.
  explicit VcdFile(std::string file);
  ~VcdFile();
  VcdFile(const VcdFile&) = delete;
  VcdFile& operator=(const VcdFile&) = delete;

  template <class Signal>
  void trace(const Signal& signal) {
    sc_core::sc_trace(trace_, signal, signal.name());
  }

 private:
  void erase_date() const;

  std::string file_;
  std::string written_;  // SystemC adds ".vcd" to whatever name it gets
  sc_core::sc_trace_file* trace_;
};

}  // namespace isosim::cpu
