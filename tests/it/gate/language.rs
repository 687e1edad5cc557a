//! What is written of gates.
