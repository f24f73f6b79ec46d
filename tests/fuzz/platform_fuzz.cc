// Any bytes are a platform document or std::invalid_argument.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>

#include "models/platform_schema.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    isosim::models::check_platform(isosim::models::parse_json(text, "fuzz"), "fuzz");
  } catch (const std::invalid_argument&) {
  }
  return 0;
}
