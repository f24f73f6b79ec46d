// Figures of the disk. The defaults are those of the Intel DC S3520 480 GB (SATA) of the xl170 testbed; its
// data sheet gives rates, the latencies are those of its successor, the DC S4500, whose specification lists
// them. A disk with `disk.rpm` above 0 turns: then its latencies and operations a second come from its
// geometry, and those quoted here are not read.
#pragma once

#include "sim/params.h"

namespace isosim::cpu::param {

using sim::Param;

inline const Param disk_bytes{"disk.bytes",           "bytes", 1e9, 1e14, 480e9, "size of the medium",
                              "Intel DC S3520 480 GB"};
inline const Param disk_root_bytes{"disk.root_bytes",
                                   "bytes",
                                   0,
                                   1e14,
                                   0,
                                   "the partition of the root file system, at the start; 0: the whole medium",
                                   "one partition, for want of a better figure"};
inline const Param disk_write_cache{"disk.write_cache",
                                    "bool",
                                    0,
                                    1,
                                    1,
                                    "a write is done when it is in the drive's cache, a flush empties that",
                                    "hdparm of the same drive on CloudLab says on"};
inline const Param disk_cache_bytes{"disk.cache_bytes",
                                    "bytes",
                                    1e6,
                                    1e10,
                                    64e6,
                                    "writes that the cache of a turning disk holds",
                                    "data sheets of 10K SAS drives of 2013 to 2016: 64 to 128 MB"};
inline const Param disk_rpm{"disk.rpm",
                            "1/min",
                            0,
                            20'000,
                            0,
                            "turns a minute; 0: no moving parts",
                            "Intel DC S3520 480 GB is a solid-state drive"};
inline const Param disk_seek_track{"disk.seek_track",
                                   "ns",
                                   50'000,
                                   5'000'000,
                                   320'000,
                                   "seek to the next track, with settling",
                                   "Ultrastar DC HC310, single-track seek of a write, typical"};
inline const Param disk_seek_average{"disk.seek_average",
                                     "ns",
                                     1'000'000,
                                     20'000'000,
                                     4'200'000,
                                     "seek between two random tracks, with settling",
                                     "10K SAS drives of 2013 to 2016: 3.7 to 5 ms; middle"};
inline const Param disk_command{"disk.command_latency",
                                "ns",
                                5'000,
                                1'000'000,
                                100'000,
                                "a turning disk's own work for a command, with the controller's",
                                "not found; inference"};
inline const Param disk_queue_depth{
    "disk.queue_depth",
    "1",
    1,
    65536,
    32,
    "requests that the device works on at once",
    "SATA native command queueing; hdparm of the same drive on CloudLab says 32"};
inline const Param disk_read_sequential{"disk.read_latency_sequential",
                                        "ns",
                                        5'000,
                                        500'000,
                                        36'000,
                                        "4 KiB read that goes on where the last one ended",
                                        "Intel DC S4500 product specification, typical"};
inline const Param disk_read_random{"disk.read_latency_random",
                                    "ns",
                                    20'000,
                                    20'000'000,
                                    110'000,
                                    "4 KiB read elsewhere",
                                    "Intel DC S4500 product specification, typical"};
inline const Param disk_write_sequential{"disk.write_latency_sequential",
                                         "ns",
                                         5'000,
                                         500'000,
                                         36'000,
                                         "4 KiB write that goes on where the last one ended",
                                         "Intel DC S4500 product specification, typical"};
inline const Param disk_write_random{"disk.write_latency_random",
                                     "ns",
                                     5'000,
                                     20'000'000,
                                     52'000,
                                     "4 KiB write elsewhere",
                                     "Intel DC S4500 product specification, typical"};
inline const Param disk_flush{
    "disk.flush_latency",
    "ns",
    5'000,
    20'000'000,
    36'000,
    "flush after the writes before it are done",
    "not found; the drive keeps its write cache through a power loss, so about a command"};
inline const Param disk_read_rate{"disk.read_bandwidth",   "bytes/s",        1e6, 1e11, 450e6,
                                  "long sequential reads", "Intel ARK 93026"};
inline const Param disk_write_rate{"disk.write_bandwidth",   "bytes/s",        1e6, 1e11, 380e6,
                                   "long sequential writes", "Intel ARK 93026"};
inline const Param disk_read_iops{
    "disk.read_iops", "1/s", 50, 1e7, 65'500, "random 4 KiB reads with a full queue", "Intel ARK 93026"};
inline const Param disk_write_iops{
    "disk.write_iops", "1/s", 50, 1e7, 16'000, "random 4 KiB writes with a full queue", "Intel ARK 93026"};

}  // namespace isosim::cpu::param
