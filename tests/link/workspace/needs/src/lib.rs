//! A crate that is nothing but a requirement, which no linked crate meets.

handler_table::require!(kernel::IRQS, 9);
