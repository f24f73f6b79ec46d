// Any message of the dialect. T and R of a pair have neighbouring type numbers.
#pragma once

#include <variant>

#include "models/gofer/p9/file_messages.h"
#include "models/gofer/p9/name_messages.h"
#include "models/gofer/p9/session_messages.h"

namespace isosim::models::p9 {

using Message =
    std::variant<Rlerror, Tstatfs, Rstatfs, Tlopen, Rlopen, Tlcreate, Rlcreate, Tsymlink, Rsymlink, Tmknod,
                 Rmknod, Trename, Rrename, Treadlink, Rreadlink, Tgetattr, Rgetattr, Tsetattr, Rsetattr,
                 Txattrwalk, Rxattrwalk, Txattrcreate, Rxattrcreate, Tgetxattr, Rgetxattr, Tsetxattr,
                 Rsetxattr, Treaddir, Rreaddir, Tfsync, Rfsync, Tlink, Rlink, Tmkdir, Rmkdir, Trenameat,
                 Rrenameat, Tunlinkat, Runlinkat, Tversion, Rversion, Tattach, Rattach, Tflush, Rflush, Twalk,
                 Rwalk, Tread, Rread, Twrite, Rwrite, Tclunk, Rclunk, Tremove, Rremove, Tflushf, Rflushf,
                 Twalkgetattr, Rwalkgetattr, Tucreate, Rucreate, Tumkdir, Rumkdir, Tumknod, Rumknod,
                 Tusymlink, Rusymlink, Tlconnect, Rlconnect, Tallocate, Rallocate, Tchannel, Rchannel>;

// Whether a message can carry a file descriptor.
template <class M>
concept CarriesFd = requires(M m) {
  m.fd;
};

}  // namespace isosim::models::p9
