//! Tests of the norms: a made-up hospital that meets every rule of both packs, and what becomes of it.

mod edges;
mod inspecting;
mod lapsing;
mod packs;
mod qualifying;
mod spans;
mod stepping;
mod table;
mod world;
