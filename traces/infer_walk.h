// Follows the calls of a trace in recorded order: what they show of the files, and what each of them touches.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "traces/event.h"
#include "traces/infer_names.h"
#include "traces/infer_process.h"
#include "traces/task_links.h"

namespace isosim::traces::infer {

// What one call meets that another thread may meet too.
struct Touch {
  enum class Kind : std::uint8_t {
    name,      // id: DentryId
    content,   // id: InodeId: data, size, attributes; a directory's entries
    position,  // id: Description::serial
    table,     // id: FdTable::id; the choice of the lowest free descriptor
    slot,      // id: FdTable::id << 32 | descriptor
    channel,   // id: ChannelId * 2 + direction; `bytes` moved. change: put in; else taken out
    address,   // id: Backlog::id; who is bound to it or listens there
    memory,    // id: of an area that was unmapped. change: unmaps it; else maps something there
  };
  Kind kind;
  bool change;
  bool partial = false;  // channel: less was there than was asked for
  std::uint64_t id;
  std::uint64_t bytes = 0;
};

// Calls of getdents that listed a directory from its start to its end.
struct Listing {
  struct Entry {
    std::string name;
    NodeKind kind;
  };
  struct Call {
    std::uint64_t bytes = 0, entries = 0, room = 0;
  };
  std::vector<Call> calls;
  std::vector<Entry> entries;  // if the names were printed
  bool named = false;
  std::vector<DentryId> made,
      gone;  // by the trace before the listing: in it though not there at the start; the reverse
};

// What a pass learns that the next one has to know from the beginning.
struct Known {
  std::map<std::string, std::string, std::less<>> links;  // symlinks at the start: path and target
  std::string working_directory;
  bool working_directory_known = false;
};

NodeKind kind_of(std::uint64_t mode);  // of S_IFMT

inline bool succeeded(const Event& e) { return e.return_kind == ReturnKind::value && e.result >= 0; }

// An argument as a number; 0 if the call has no such argument.
inline std::uint64_t number(const Event& e, int i) {
  return i >= 0 && i < e.argc ? static_cast<std::uint64_t>(e.args[i].value) : 0;
}

inline bool has_flag(const Event& e, int i, std::uint64_t bit) { return (number(e, i) & bit) != 0; }

class Walk {
 public:
  Walk(const Known& known, TaskLinks& links);  // which must outlive it

  // `index`: of the event among those of its thread.
  void apply(const Event& event, std::uint64_t index);

  std::vector<Touch> touches;  // of the call applied last; only filled if `record_touches`
  bool record_touches = false;
  std::vector<std::uint64_t> released;  // likewise: serials of the descriptions that it closed for good

  Names names;
  Processes processes;

  // A path with all known symlinks followed, and where -y or /proc/self/exe said that it led.
  struct Resolved {
    std::string path, real_path;
    bool program;  // an execve: a script is not a symlink to its interpreter
  };
  std::vector<Resolved> resolved;
  std::map<InodeId, Listing> listings;
  std::optional<std::string> learned_directory;
  std::optional<std::uint32_t> first_umask, first_uid, first_gid;  // as long as no call changed them
  std::optional<std::vector<std::uint32_t>> first_groups;
  std::uint64_t path_calls = 0, contradicted = 0;
  std::vector<Contradiction> contradictions;

  struct Socket {
    EventRef made_by;
    bool inside = false, outside = false;
    std::uint32_t strangers = 0;  // connections that a listener took and nobody in the trace has made
  };
  std::vector<Socket> sockets;  // in the order of creation
  struct Inherited {
    std::int32_t fd;
    std::int32_t pid;
    std::shared_ptr<Description> open;
    std::string note;
    std::optional<std::uint32_t> flags{};  // before the program changed any
    bool tty = false, not_tty = false, seekable = false, not_seekable = false;
    std::optional<std::uint64_t> position{};  // at the start of the trace, if a call tells
  };
  std::vector<Inherited> inherited;
  // Numbers that a call went past where threads share the table, and that none ever got: taken from the
  // start.
  [[nodiscard]] std::vector<std::int32_t> never_free() const;
  // What the first open of /dev/tty told: whether the program has a controlling terminal.
  std::optional<bool> terminal;
  // Of the first process when it started: the numbers of their leaders.
  std::optional<std::int32_t> first_group, first_session;

 private:
  struct PathArgs {  // of the call at hand
    InodeId base = kNone;
    std::string_view text;
  };
  // infer_walk.cc
  void dispatch(const Event& e);
  void process_call(const Event& e);
  void contradict(const Event& e, const std::string& path, const char* reason);
  void touch(Touch::Kind kind, std::uint64_t id, bool change, std::uint64_t bytes = 0, bool partial = false);
  void touch_slot(const Event& e, std::int64_t fd, bool change);  // if other threads share the table
  void touch_position(const Event& e, std::int64_t fd);           // if other threads share the description
  [[nodiscard]] EventRef here(const Event& e) const { return {e.tid, index_}; }
  FsContext& fs(std::int32_t tid);

  // infer_paths.cc, infer_path_calls.cc
  bool path_call(const Event& e);
  [[nodiscard]] std::string own_proc(std::string_view path) const;
  [[nodiscard]] bool of_kernel(const Found& found) const;
  Found lookup(const Event& e, int dir_arg, int path_arg, bool follow);
  Found lookup_from(const Event& e, InodeId base, std::string_view path, bool follow);
  InodeId base_of(const Event& e, int dir_arg);
  InodeId saw(const Event& e, const Found& found);                // the call found it
  void missed(const Event& e, const Found& found, bool creates);  // the call failed at it
  void stands_in_directory(DentryId missing);
  void refused(const Event& e, const Found& found, bool creates);
  bool answered(const Event& e, const Found& found, bool creates = false);  // saw or missed; true: success
  void open_call(const Event& e, int dir_arg, int path_arg, std::uint64_t flags, std::uint64_t mode);
  // Null: the call failed.
  std::shared_ptr<Description> opened(const Event& e, const Found& found, std::uint64_t flags,
                                      std::uint64_t mode);
  void create_call(const Event& e, int dir_arg, int path_arg, NodeKind kind, std::uint64_t mode);
  void remove_call(const Event& e, int dir_arg, int path_arg, bool directory);
  void removed(const Event& e, const Found& found, bool directory);
  void rename_call(const Event& e, int old_dir, int old_arg, int new_dir, int new_arg, std::uint64_t flags);
  void link_call(const Event& e, int old_dir, int old_arg, int new_dir, int new_arg, bool follow);
  void symlink_call(const Event& e, int target_arg, int new_dir, int new_arg);
  void readlink_call(const Event& e, int dir_arg, int path_arg, int buffer_arg);
  void exec_call(const Event& e, int dir_arg, int path_arg);
  void change_directory(const Event& e, InodeId directory, bool known);
  void saw_working_directory(const Event& e, std::string_view path);
  void compare_with_note(const Found& found, std::string_view note);

  // infer_evidence.cc
  void stat_evidence(const Event& e, InodeId inode, const Arg& structure);
  void kind_evidence(InodeId inode, NodeKind kind);
  void size_evidence(InodeId inode, std::uint64_t size);
  static void reads_evidence(Inode& inode, std::uint64_t position, std::uint64_t asked, std::uint64_t got);
  void read_evidence(InodeId inode, std::uint64_t position, std::uint64_t asked, std::uint64_t got);
  void written(InodeId inode, std::uint64_t position, std::uint64_t bytes, bool append);
  void resized(InodeId inode, std::uint64_t size);
  void xattr_evidence(const Event& e, InodeId inode, const Arg& name);
  void list_evidence(const Event& e, Description& open);

  // infer_table.cc
  bool table_call(const Event& e);
  Description* open_file(const Event& e, int arg);
  std::shared_ptr<Description> assume_open(const Event& e, std::int64_t fd);
  void install(const Event& e, std::int64_t fd, std::shared_ptr<Description> open, bool close_on_exec);
  void install_lowest(const Event& e, std::shared_ptr<Description> open, bool close_on_exec,
                      std::int64_t lowest = 0);  // for the result
  void flush_installs(const Event& e);
  void listed_descriptors(const Event& e);
  std::shared_ptr<Description> duplicate(const Event& e);
  void fcntl_call(const Event& e);
  void note_initial_flags(const Description& open);

  // infer_memory.cc
  void memory_call(const Event& e);

  // infer_groups.cc
  bool group_call(const Event& e);

  // infer_nameless.cc
  bool nameless_call(const Event& e);
  void anonymous(const Event& e, bool close_on_exec);

  // infer_queues.cc
  bool queue_call(const Event& e);
  Found queue_name(const Event& e);

  // infer_transfers.cc
  bool transfer_call(const Event& e);
  void transfer(const Event& e, Description& open, bool write, std::uint64_t asked,
                std::optional<std::uint64_t> position);

  // infer_descriptors.cc
  bool descriptor_call(const Event& e);
  void name_terminal(const Event& e);

  // infer_sockets.cc
  bool socket_call(const Event& e);
  void connect_call(const Event& e, Description& open);
  void accept_call(const Event& e, Description& listener, bool close_on_exec);
  void pair_call(const Event& e, int fds_arg, OpenKind kind, std::uint64_t flags);
  void received_descriptors(const Event& e, std::string_view message);

  struct PendingInstall {
    std::int64_t end_ns;
    std::int32_t tid;
    std::int64_t fd;
    std::shared_ptr<Description> open;
    bool close_on_exec;
  };
  struct Backlog {  // connections to an address that a traced process listens on
    std::vector<std::shared_ptr<Description>> waiting;
    // Accepts that began before anybody had connected: whoever connects while one waits is its peer.
    struct Accepting {
      std::shared_ptr<Description> open;
      std::size_t made, listener;  // of `sockets`
      std::int64_t end_ns;
    };
    std::vector<Accepting> accepting;
    bool listening = false;
    ChannelId arrivals = kNone;  // connect puts one in, accept takes one out
    std::uint64_t id = 0;        // 0: not met yet
  };
  void touch_arrivals(Backlog& backlog, bool connects, bool succeeded);
  void release(const Description& open);  // its last descriptor was closed
  void touch_address(const std::string& address, bool change);

  std::uint64_t index_ = 0;
  bool identity_changed_ = false;  // a call of any process set a user or group
  bool groups_changed_ = false;    // a call put any process into another process group or session
  ChannelId next_channel_ = 0;
  struct Area {
    std::uint64_t end, id;
  };
  std::map<std::uint32_t, std::map<std::uint64_t, Area>> unmapped_;  // by address space and start
  std::uint64_t next_area_ = 0;
  TaskLinks& links_;
  std::string start_directory_;
  bool start_directory_known_;
  std::vector<PendingInstall> pending_;
  std::vector<bool> installed_;         // numbers that a call got, in any table
  std::set<std::int64_t> passed_over_;  // numbers below one that a call got
  std::map<std::string, Backlog> addresses_;
  std::map<std::uint64_t, std::size_t> socket_by_serial_;
  std::map<std::uint64_t, Listing> open_listings_;  // by Description::serial
  std::map<std::int32_t, std::string> images_;      // what each process executes
  std::set<std::int32_t> numbers_;  // of processes that calls made, as their makers' pid name spaces say
};

}  // namespace isosim::traces::infer
