// The groups of cases, one a source file, in the order in which they run.
#pragma once

namespace bench {

void floor_cases();
void span_cases();
void pinned_cases();
void thread_cases();
void single_span_cases();
void propagate_cases();
void encode_cases();
void drain_cases();
void sustained_cases();
void end_to_end_cases();
void memory_cases();

/// Forks the process that the end-to-end cases send to, which has to happen before there are threads.
void fork_discarding_server();

} // namespace bench
