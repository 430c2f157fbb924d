//! Looking after a data folder: copies of it, bringing one back, changing the keys, and finding what is wrong.

pub mod backup;
pub mod copy;
pub mod doctor;
pub mod folder;
pub mod manifest;
pub mod restore;
pub mod rotate;
