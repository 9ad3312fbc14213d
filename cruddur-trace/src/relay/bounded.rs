//! A map that forgets what was not used for longest: what strangers name must not grow.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// A map of at most `capacity` entries; the least recently used one makes room.
pub(crate) struct Bounded<K, V> {
    entries: HashMap<K, (u64, V)>,
    /// Keys by when they were last used, oldest first.
    used: BTreeMap<u64, K>,
    ticks: u64,
    capacity: usize,
}

impl<K: Clone + Eq + Hash, V> Bounded<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { entries: HashMap::new(), used: BTreeMap::new(), ticks: 0, capacity }
    }

    /// The value of a key, which counts as a use.
    pub(crate) fn get(&mut self, key: &K) -> Option<&mut V> {
        let (tick, value) = self.entries.get_mut(key)?;
        self.ticks += 1;
        self.used.remove(tick);
        self.used.insert(self.ticks, key.clone());
        *tick = self.ticks;
        Some(value)
    }

    /// The value of a key, made where there is none.
    pub(crate) fn get_or_insert(&mut self, key: &K, make: impl FnOnce() -> V) -> &mut V {
        if !self.entries.contains_key(key) {
            if self.entries.len() >= self.capacity
                && let Some((_, oldest)) = self.used.pop_first()
            {
                self.entries.remove(&oldest);
            }
            self.ticks += 1;
            self.used.insert(self.ticks, key.clone());
            self.entries.insert(key.clone(), (self.ticks, make()));
        }
        self.get(key).expect("the entry is there by now")
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_entry_makes_room() {
        let mut map = Bounded::new(2);
        map.get_or_insert(&1, || 'a');
        map.get_or_insert(&2, || 'b');
        assert_eq!(map.get(&1), Some(&mut 'a'));
        map.get_or_insert(&3, || 'c');
        let found = [1, 2, 3].map(|key| map.get(&key).copied());
        assert_eq!(found, [Some('a'), None, Some('c')]);
        assert_eq!((map.len(), map.used.len()), (2, 2));
    }
}
