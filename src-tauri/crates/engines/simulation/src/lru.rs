//! What a cache holds: keys in the order of their last use, as many as its memory takes. Exact, not an approximation.

/// No key.
const NOBODY: u32 = u32::MAX;

/// Keys 0..n, each held or not, in a list from the most to the least recently used.
#[derive(Clone, Debug)]
pub(crate) struct Lru {
    /// Neighbours of a held key; what is not held has itself as both.
    links: Vec<(u32, u32)>,
    newest: u32,
    oldest: u32,
    held: u32,
    /// Most keys it holds.
    capacity: u32,
}

impl Lru {
    /// An empty cache for `keys` keys that holds `capacity` of them.
    pub fn new(keys: u32, capacity: u32) -> Self {
        Self {
            links: (0..keys).map(|key| (key, key)).collect(),
            newest: NOBODY,
            oldest: NOBODY,
            held: 0,
            capacity,
        }
    }

    /// Keys held.
    pub fn held(&self) -> u32 {
        self.held
    }

    fn holds(&self, key: u32) -> bool {
        let (before, after) = self.links[key as usize];
        before != key || after != key
    }

    fn unlink(&mut self, key: u32) {
        let (before, after) = self.links[key as usize];
        match before {
            NOBODY => self.newest = after,
            other => self.links[other as usize].1 = after,
        }
        match after {
            NOBODY => self.oldest = before,
            other => self.links[other as usize].0 = before,
        }
        self.links[key as usize] = (key, key);
    }

    fn link_first(&mut self, key: u32) {
        self.links[key as usize] = (NOBODY, self.newest);
        match self.newest {
            NOBODY => self.oldest = key,
            other => self.links[other as usize].0 = key,
        }
        self.newest = key;
    }

    /// Asks for a key: whether it was held, and how many keys were forgotten to hold it now (0 or 1).
    pub fn ask(&mut self, key: u32) -> (bool, u32) {
        if self.holds(key) {
            self.unlink(key);
            self.link_first(key);
            return (true, 0);
        }
        if self.capacity == 0 {
            return (false, 0);
        }
        let mut forgotten = 0;
        if self.held == self.capacity {
            self.unlink(self.oldest);
            self.held -= 1;
            forgotten = 1;
        }
        self.link_first(key);
        self.held += 1;
        (false, forgotten)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_least_recently_used_goes() {
        let mut lru = Lru::new(5, 2);
        let asked = [0, 1, 0, 2, 1, 0].map(|key| lru.ask(key));
        let expect = [
            (false, 0),
            (false, 0),
            (true, 0),
            (false, 1),
            (false, 1),
            (false, 1),
        ];
        assert_eq!(asked, expect);
        assert_eq!(lru.held(), 2);
    }

    proptest! {
        #[test]
        fn as_a_plain_list(capacity in 0u32..6, keys in prop::collection::vec(0u32..8, 0..200)) {
            let mut lru = Lru::new(8, capacity);
            let mut list: Vec<u32> = Vec::new();
            for key in keys {
                let hit = list.contains(&key);
                list.retain(|other| *other != key);
                list.insert(0, key);
                let forgotten = list.len().saturating_sub(capacity as usize);
                list.truncate(capacity as usize);
                let expect = if capacity == 0 { 0 } else { forgotten as u32 };
                prop_assert_eq!(lru.ask(key), (hit, expect));
                prop_assert_eq!(lru.held() as usize, list.len());
            }
        }
    }
}
