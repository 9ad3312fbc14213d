//! Random ids: one generator a thread, seeded from the operating system's randomness.

use std::cell::RefCell;
use std::hash::{BuildHasher, Hasher, RandomState};

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use crate::record::{TraceId, clock};

/// The state of a thread's generator; `None` before its first use.
pub(crate) type Generator = Option<Xoshiro256PlusPlus>;

thread_local! {
    static GENERATOR: RefCell<Generator> = const { RefCell::new(None) };
}

/// 64 random bits.
pub(crate) fn bits() -> u64 {
    GENERATOR.with_borrow_mut(|generator| generator.get_or_insert_with(from_system).next_u64())
}

/// A seed for an arena: never 0, which stands for no trace.
pub(crate) fn seed() -> u64 {
    bits().max(1)
}

/// A trace id whose first 4 bytes are the epoch's seconds, as X-Ray wants them, and whose other 12
/// are random: more than the 7 that W3C's *random* flag promises.
pub(crate) fn trace_id() -> TraceId {
    let seconds = u128::from(clock::coarse_seconds(clock::stamp()));
    let high = u128::from(bits() as u32);
    let low = u128::from(bits().max(1));
    TraceId::new(seconds << 96 | high << 64 | low).expect("the low half is not zero")
}

/// Makes this thread's ids repeatable; gives the generator before, for [`restore`].
pub(crate) fn fix(seed: u64) -> Generator {
    let fixed = Xoshiro256PlusPlus::seed_from_u64(seed);
    GENERATOR.with_borrow_mut(|generator| generator.replace(fixed))
}

pub(crate) fn restore(before: Generator) {
    GENERATOR.with_borrow_mut(|generator| *generator = before);
}

/// `RandomState` draws its keys from the operating system once a thread, and differs by one for
/// each further instance; hashing four numbers under one instance spreads them over 256 bits.
fn from_system() -> Xoshiro256PlusPlus {
    let state = RandomState::new();
    let mut seed = [0; 32];
    for (number, chunk) in seed.chunks_mut(8).enumerate() {
        let mut hasher = state.build_hasher();
        hasher.write_usize(number);
        chunk.copy_from_slice(&hasher.finish().to_ne_bytes());
    }
    Xoshiro256PlusPlus::from_seed(seed)
}
