//! x-sim.
