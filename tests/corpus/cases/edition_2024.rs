// What compiles since edition 2024 only: temporaries of the tail are dropped before the locals.

use crate::harness::{Case, case, run, show};
use std::cell::RefCell;

#[observe]
fn tail_temporary() -> usize {
    let cell = RefCell::new("four");
    cell.borrow().len()
}

#[observe]
fn tail_temporary_result() -> Result<usize, u8> {
    let cell = RefCell::new("four");
    Ok(cell.borrow().len())
}

#[observe]
async fn tail_temporary_async() -> usize {
    let cell = RefCell::new("four");
    cell.borrow().len()
}

#[rustfmt::skip]
pub fn cases() -> Vec<Case> {
    vec![
        case("tail_temporary", "tail_temporary", || show(tail_temporary())),
        case("tail_temporary_result", "tail_temporary_result", || show(tail_temporary_result())),
        case("tail_temporary_async", "tail_temporary_async", || show(run(tail_temporary_async()))),
    ]
}
