//! Throughput, delay, processor time and memory.
