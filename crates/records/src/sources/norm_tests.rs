//! Acceptance, licence and emergency on records as they are entered.
