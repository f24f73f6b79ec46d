// Messages for people.
#pragma once

#include <string>
#include <string_view>

#include "models/gofer/p9/message.h"

namespace isosim::models::p9 {

// One line: "Twalk{fid=3 newfid=5 names=[]}".
std::string describe(const Message& message);
// "Twalk"; "type 99" for a number without a message.
std::string message_name(std::uint8_t type);

}  // namespace isosim::models::p9
