// Any bytes are a machine document or std::invalid_argument, and so is any line of the rest as a parameter's
// name.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>

#include "cpu/machine.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const nlohmann::json document = nlohmann::json::parse(text, nullptr, false);
  isosim::sim::Settings settings;
  try {
    if (!document.is_discarded()) isosim::cpu::read_machine(document, "fuzz", settings);
    settings.set(text.substr(0, text.find('\n')), static_cast<double>(size), "fuzz");
  } catch (const std::invalid_argument&) {
  }
  return 0;
}
