// Every figure of the processor that costs depend on, declared once. Ranges are what is plausible for a
// Haswell-EP or Broadwell-EP server; the machine files set the values. Where a source gives nanoseconds, 3.2
// GHz turns them into cycles.
#pragma once

#include "sim/params.h"

namespace isosim::cpu::param {

using sim::Param;

// The source for path lengths to time: kernel lines executed, 26 operations, median 1.11 ns on a 2.6-3.4 GHz
// EPYC guest; 0.7-0.8 ns read from two native operations on an E5-2630 v3, which is 2.2-2.6 cycles at its 3.2
// GHz.
inline const Param cycles_per_line{
    "cpu.cycles_per_line",
    "cycles",
    1.5,
    4.0,
    2.4,
    "cycles for each executed source line of kernel code",
    "about 3 instructions a line at 1.25 instructions a cycle; 0.7-0.8 ns a line on an E5-2630 v3"};

// Mode transitions.
inline const Param syscall_entry{"cpu.syscall_entry",
                                 "cycles",
                                 30,
                                 120,
                                 60,
                                 "SYSCALL and the entry assembly: stack switch, saving of registers",
                                 "null call without page-table isolation 45-120 ns whole (E5-2650 v2: 62)"};
inline const Param syscall_exit{
    "cpu.syscall_exit", "cycles", 30, 110, 50, "restoring of registers and SYSRET", "as cpu.syscall_entry"};
inline const Param swapgs{
    "cpu.swapgs", "cycles", 5, 40, 12, "one SWAPGS", "serialises little on Haswell; inference"};
inline const Param exception_entry{"cpu.exception_entry",
                                   "cycles",
                                   500,
                                   1100,
                                   715,
                                   "page-fault exception: delivery through the IDT and the entry assembly",
                                   "Linus Torvalds, 2014-04-30, Haswell desktop: 715 cycles"};
inline const Param interrupt_entry{
    "cpu.interrupt_entry",
    "cycles",
    400,
    1200,
    650,
    "external interrupt: recognition, delivery, entry assembly, end-of-interrupt write",
    "exception entry without the faulting walk, plus an APIC write; inference"};
inline const Param iret{"cpu.iret", "cycles", 200, 450, 330, "IRET to user mode", "same post: 330 cycles"};
inline const Param kpti_switch{"cpu.kpti_switch",
                               "cycles",
                               150,
                               330,
                               230,
                               "one change between the user's and the kernel's page table: CR3 write without "
                               "flush, and the misses that follow",
                               "with PCID 100-200 ns a call for two (E5-2650 v2 +174, Haswell +139)"};
inline const Param retpoline_call{"cpu.retpoline_call",
                                  "cycles",
                                  10,
                                  80,
                                  30,
                                  "one indirect branch through a retpoline instead of a predicted one",
                                  "return misprediction 15-30 cycles and more"};
inline const Param cr3_write{"cpu.cr3_write",
                             "cycles",
                             80,
                             400,
                             180,
                             "one CR3 write at an address-space switch",
                             "100-200 cycles on Haswell to Skylake; inference"};
inline const Param vm_entry{
    "cpu.vm_entry",
    "cycles",
    350,
    900,
    600,
    "VMRESUME, hardware part",
    "entry and exit with KVM's shortest path 900-1800 cycles (Sandy Bridge-E 1600-1700)"};
inline const Param l1d_flush{
    "cpu.l1d_flush",
    "cycles",
    500,
    4000,
    1500,
    "first-level data cache flushed before VM entry, and what of it is fetched again",
    "512 lines at about one a cycle by microcode (IA32_FLUSH_CMD), and half of them again from the second "
    "level, a few at "
    "a time; inference"};
inline const Param rsb_fill{
    "cpu.rsb_fill",
    "cycles",
    40,
    200,
    100,
    "return stack buffer filled after a VM exit, with retpolines: 32 calls",
    "__FILL_RETURN_BUFFER, arch/x86/include/asm/nospec-branch.h; 3 cycles a call; inference"};
inline const Param vm_exit{"cpu.vm_exit",    "cycles", 500, 1100, 800, "VM exit, hardware part",
                           "as cpu.vm_entry"};
inline const Param ipi_send{"cpu.ipi_send",
                            "cycles",
                            100,
                            1000,
                            300,
                            "the sender's write of the interrupt command",
                            "x2APIC MSR write; inference"};
inline const Param ipi_latency{"cpu.ipi_latency",
                               "ns",
                               500,
                               2500,
                               1000,
                               "from the sender's write to the first instruction of the receiver's handler",
                               "no direct value; bounds 0.5-2.5 us"};

inline const Param least_frequency{
    "cpu.least_frequency",
    "MHz",
    400,
    3000,
    1200,
    "the lowest frequency that a core can be asked to run at",
    "maximum efficiency ratio, MSR_PLATFORM_INFO; 1.2 GHz on Xeons E5 v3 and v4"};

// Mitigations and features, as switches.
inline const Param kpti{
    "cpu.kpti", "bool", 0, 1, 1, "page-table isolation (Meltdown)", "kernel 4.15; back-ported"};
inline const Param pcid{"cpu.pcid",
                        "bool",
                        0,
                        1,
                        1,
                        "the page-table switch of KPTI keeps the TLB (PCID)",
                        "Haswell has PCID and INVPCID"};
inline const Param pcid_per_mm{"cpu.pcid_per_mm",
                               "bool",
                               0,
                               1,
                               0,
                               "address spaces keep their TLB entries across a switch (6 dynamic ASIDs)",
                               "arch/x86/mm/tlb.c since 4.14; 4.4 flushes at each switch of CR3"};
inline const Param l1tf_flush{
    "cpu.l1tf_flush",
    "bool",
    0,
    1,
    1,
    "KVM flushes the first-level data cache when it enters a guest after user space or an "
    "interrupt ran (L1 terminal fault, mode cond)",
    "vmx_l1d_flush() and vcpu_run(), Linux 4.19 and back-ports of August 2018"};
inline const Param retpoline{
    "cpu.retpoline",           "bool", 0, 1, 1, "indirect branches go through retpolines (Spectre 2)",
    "kernel 4.15; back-ported"};

// Caches and memory, as a copying core sees them.
inline const Param l1_latency{"cpu.cache.l1_latency",     "cycles",    4, 5, 4,
                              "load-to-use, first level", "E5-2699 v4"};
inline const Param l2_latency{"cpu.cache.l2_latency",      "cycles",    11, 15, 12,
                              "load-to-use, second level", "E5-2699 v4"};
inline const Param l3_latency{"cpu.cache.l3_latency",     "cycles",        38, 90, 45,
                              "load-to-use, third level", "E5-2699 v3, v4"};
// What code occupies, and what fetching it again costs (cpu/code_cache.h).
inline const Param code_bytes_per_line{
    "cpu.code.bytes_per_line",
    "bytes",
    18,
    32,
    26,
    "instruction cache that a line of kernel code occupies when it runs",
    "at 16 bytes of text a line, the lines of an operation touch 24 to 30 bytes of whole cache lines each "
    "(kernel-coverage: lines and executable lines of 26 operations)"};
inline const Param data_bytes_per_line{
    "cpu.code.data_bytes_per_line",
    "bytes",
    3,
    16,
    8,
    "data cache that a line of kernel code occupies when it runs",
    "a cache line of structures or stack for eight lines of code; inference"};
inline const Param l2_exposed{
    "cpu.code.l2_exposed",
    "1",
    0.3,
    1,
    0.5,
    "share of the second level's latency that fetching a line of code from it costs",
    "the next line is asked for with it, so every second one's latency shows; "
    "inference"};
inline const Param l3_exposed{"cpu.code.l3_exposed",
                              "1",
                              0.15,
                              1,
                              0.3,
                              "share of the third level's latency that fetching a line of code or data from "
                              "it costs",
                              "spatial prefetcher (pairs of lines) and streamer, which follows code fetches "
                              "too, bring lines into the second level ahead (Intel's optimisation manual, "
                              "Haswell); inference"};
inline const Param dram_latency{"cpu.memory.latency",          "ns", 74, 101, 90, "load-to-use, local memory",
                                "2 x E5-2680 v3: 90.0-92.1 ns"};
inline const Param copy_startup{"cpu.copy.startup",
                                "cycles",
                                20,
                                80,
                                35,
                                "fixed cost of one `rep movsb` or `rep stosb`",
                                "Intel optimisation manual, enhanced REP MOVSB: about 35 cycles"};
inline const Param l1_copy{"cpu.copy.l1",
                           "bytes/cycle",
                           12,
                           32,
                           24,
                           "copy within the first level",
                           "32-byte loads and stores; three quarters of the peak"};
inline const Param l2_copy{"cpu.copy.l2",
                           "bytes/cycle",
                           6,
                           24,
                           12,
                           "copy whose far side lies in the second level",
                           "E5-2680 v3 SAXPY in L2: 54 GiB/s at 2.5 GHz for three streams, 22 bytes/cycle"};
inline const Param l3_read{"cpu.copy.l3_read",
                           "GB/s",
                           10,
                           28,
                           18,
                           "copy from the third level",
                           "E5-2680 v3 SAXPY in L3: 32 GiB/s for three streams; one core reads 26 GB/s"};
inline const Param l3_write{"cpu.copy.l3_write",
                            "GB/s",
                            6,
                            20,
                            12,
                            "copy to the third level: read for ownership, then eviction",
                            "two transfers for each line where a read has one"};
inline const Param dram_read{
    "cpu.copy.dram_read",
    "GB/s",
    6,
    14,
    10.3,
    "copy from local memory",
    "one core reads about 10 GB/s (line fill buffers over latency: 10 x 64 B in 65-90 ns)"};
inline const Param dram_write{"cpu.copy.dram_write",
                              "GB/s",
                              4,
                              10,
                              5.5,
                              "copy to local memory: read for ownership, then write-back",
                              "half of dram_read, as each line crosses twice; E5-2650 v2 copies 6.2 GB/s"};
inline const Param dram_stream{"cpu.copy.dram_stream",
                               "GB/s",
                               5,
                               14,
                               9,
                               "copy to local memory past the caches",
                               "as cpu.zero.dram: each line crosses once, and nothing is read to be written"};
inline const Param l1_zero{
    "cpu.zero.l1", "bytes/cycle", 16, 32, 28, "clearing in the first level", "one 32-byte store a cycle"};
inline const Param l2_zero{"cpu.zero.l2",   "bytes/cycle", 8, 32, 16, "clearing in the second level",
                           "as cpu.copy.l2"};
inline const Param l3_zero{"cpu.zero.l3",        "GB/s", 8, 30, 18, "clearing in the third level",
                           "as cpu.copy.l3_read"};
inline const Param dram_zero{"cpu.zero.dram",
                             "GB/s",
                             5,
                             14,
                             9,
                             "clearing of lines in no cache: ownership without a read, later a write-back",
                             "`rep stosb` of whole lines asks for ownership only; one transfer a line"};

// Translation.
inline const Param tlb_l1{
    "cpu.tlb.l1_entries", "1", 32, 128, 64, "first-level data TLB, 4 KB pages", "Haswell"};
inline const Param tlb_l2{"cpu.tlb.l2_entries",          "1", 512, 2048, 1024, "second-level TLB",
                          "Haswell 1024, Broadwell 1536"};
inline const Param tlb_pde_reach{"cpu.tlb.pde_entries",
                                 "1",
                                 16,
                                 64,
                                 32,
                                 "page-directory entries cached by the walker, 2 MB each",
                                 "Intel paging-structure caches; inference"};
inline const Param tlb_walkers{"cpu.tlb.walkers",       "1", 1, 2, 1, "page walks at a time",
                               "Haswell 1, Broadwell 2"};
inline const Param tlb_hot{
    "cpu.tlb.hot_entries",
    "1",
    8,
    256,
    32,
    "translations that a task uses again soon after its address space was switched in and the TLB is empty",
    "code, stack, heap and kernel per-task pages of a small loop; inference"};

}  // namespace isosim::cpu::param
