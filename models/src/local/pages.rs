//! Who holds which page of the cache of keys and values, and which computed pages later sequences may share.
//!
//! Pure bookkeeping: no keys and values are here, only numbers of pages. A page that is full is *sealed*: it is known by
//! its tokens and by the sealed page before it, and whoever begins with the same tokens takes it instead of computing it.
//! A hash only finds a candidate; tokens and predecessor are compared. A sealed page that nobody holds stays
//! known until its room is needed, the longest unused first. What is evicted is never copied anywhere.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::cache::PAGE;

/// All pages of one cache.
pub(crate) struct Pages {
    pages: Vec<Page>,
    /// Pages without content, the next one last.
    vacant: Vec<u32>,
    /// Sealed pages that nobody holds, by when they were given back.
    idle: BTreeMap<u64, u32>,
    /// Sealed pages by the hash of tokens and predecessor.
    sealed: HashMap<u64, Vec<u32>>,
    clock: u64,
}

/// The pages of one sequence, in order. Given back with [`Pages::release`], never just dropped.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pages: Vec<u32>,
    /// Tokens whose keys and values are in the pages.
    filled: usize,
    /// The last of the leading sealed pages.
    last: Option<Name>,
    /// How many leading pages are sealed.
    sealed: usize,
}

/// A page with one certain content: the same page with other content has another edition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Name {
    page: u32,
    edition: u64,
}

#[derive(Default)]
struct Page {
    holders: u32,
    edition: u64,
    content: Option<Content>,
    /// Its key in `idle`, as long as it is there.
    idle_since: u64,
}

struct Content {
    before: Option<Name>,
    tokens: [u32; PAGE],
    hash: u64,
}

impl Table {
    /// The pages in the order of positions.
    pub(crate) fn pages(&self) -> &[u32] {
        &self.pages
    }

    /// Tokens whose keys and values are in the pages.
    pub(crate) fn filled(&self) -> usize {
        self.filled
    }
}

impl Pages {
    /// So many pages, all empty.
    pub(crate) fn new(count: usize) -> Self {
        let count = u32::try_from(count).expect("a cache has fewer than 2^32 pages");
        Self {
            pages: (0..count).map(|_| Page::default()).collect(),
            vacant: (0..count).rev().collect(),
            idle: BTreeMap::new(),
            sealed: HashMap::new(),
            clock: 0,
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.pages.len()
    }

    /// How many nobody holds.
    pub(crate) fn available(&self) -> usize {
        self.vacant.len() + self.idle.len()
    }

    /// How many somebody holds.
    pub(crate) fn in_use(&self) -> usize {
        self.count() - self.available()
    }

    /// How many would come free if this table were released.
    pub(crate) fn freed_by(&self, table: &Table) -> usize {
        let alone = |page: &&u32| self.pages[**page as usize].holders == 1;
        table.pages.iter().filter(alone).count()
    }

    /// Takes the known pages with which `tokens` goes on after what the table has, in place of those that were only
    /// reserved; says how many tokens that spares. The last token is never spared, for its logits are wanted.
    pub(crate) fn share(&mut self, table: &mut Table, tokens: &[u32]) -> usize {
        let before = table.filled;
        let whole = table.filled == table.sealed * PAGE;
        while whole && table.filled + PAGE < tokens.len() {
            let next = &tokens[table.filled..table.filled + PAGE];
            let Some(name) = self.find(table.last, next) else {
                break;
            };
            self.hold(name.page);
            match table.pages.get_mut(table.sealed) {
                Some(reserved) => self.let_go(std::mem::replace(reserved, name.page)),
                None => table.pages.push(name.page),
            }
            table.filled += PAGE;
            table.sealed += 1;
            table.last = Some(name);
        }
        table.filled - before
    }

    /// Makes room for `length` tokens. False, and nothing has changed, if too few pages are free.
    pub(crate) fn reserve(&mut self, table: &mut Table, length: usize) -> bool {
        let missing = length.div_ceil(PAGE).saturating_sub(table.pages.len());
        if missing > self.available() {
            return false;
        }
        for _ in 0..missing {
            let page = self.take();
            table.pages.push(page);
        }
        true
    }

    /// Notes that keys and values of `tokens`, the whole sequence so far, are computed, and seals the pages that are full.
    ///
    /// Where another sequence has sealed the same content in the meantime, the table takes that page and gives its own back.
    pub(crate) fn computed(&mut self, table: &mut Table, tokens: &[u32]) {
        debug_assert!(
            tokens.len() <= table.pages.len() * PAGE,
            "room was reserved"
        );
        table.filled = tokens.len();
        while (table.sealed + 1) * PAGE <= tokens.len() {
            let index = table.sealed;
            let content = &tokens[index * PAGE..(index + 1) * PAGE];
            let own = table.pages[index];
            let name = match self.find(table.last, content) {
                Some(known) => {
                    self.hold(known.page);
                    self.let_go(own);
                    known
                }
                None => self.seal(own, table.last, content),
            };
            table.pages[index] = name.page;
            table.sealed += 1;
            table.last = Some(name);
        }
    }

    /// Gives all pages of a table back. What is sealed stays known for now.
    pub(crate) fn release(&mut self, table: Table) {
        // The last page first: a page is of no use without those before it, so it must go before them.
        for page in table.pages.into_iter().rev() {
            self.let_go(page);
        }
    }

    fn find(&self, before: Option<Name>, tokens: &[u32]) -> Option<Name> {
        let candidates = self.sealed.get(&hash(before, tokens))?;
        let fits = |page: &&u32| {
            let content = self.pages[**page as usize].content.as_ref();
            content.is_some_and(|content| content.before == before && content.tokens == tokens)
        };
        candidates.iter().find(fits).map(|&page| self.name(page))
    }

    fn name(&self, page: u32) -> Name {
        Name {
            page,
            edition: self.pages[page as usize].edition,
        }
    }

    fn seal(&mut self, page: u32, before: Option<Name>, tokens: &[u32]) -> Name {
        let hash = hash(before, tokens);
        let tokens = tokens.try_into().expect("a full page was cut out");
        self.pages[page as usize].content = Some(Content {
            before,
            tokens,
            hash,
        });
        self.sealed.entry(hash).or_default().push(page);
        self.name(page)
    }

    fn hold(&mut self, page: u32) {
        let entry = &mut self.pages[page as usize];
        if entry.holders == 0 {
            self.idle.remove(&entry.idle_since);
        }
        entry.holders += 1;
    }

    fn let_go(&mut self, page: u32) {
        let entry = &mut self.pages[page as usize];
        entry.holders -= 1;
        if entry.holders > 0 {
            return;
        }
        if entry.content.is_some() {
            self.clock += 1;
            entry.idle_since = self.clock;
            self.idle.insert(self.clock, page);
        } else {
            self.vacant.push(page);
        }
    }

    fn take(&mut self) -> u32 {
        let page = self.vacant.pop().unwrap_or_else(|| {
            let (_, page) = self.idle.pop_first().expect("availability was checked");
            self.forget(page);
            page
        });
        let entry = &mut self.pages[page as usize];
        entry.edition += 1;
        entry.holders = 1;
        page
    }

    fn forget(&mut self, page: u32) {
        let content = self.pages[page as usize].content.take();
        let hash = content.expect("an idle page is sealed").hash;
        let same = self.sealed.get_mut(&hash).expect("a sealed page is listed");
        same.retain(|&listed| listed != page);
        if same.is_empty() {
            self.sealed.remove(&hash);
        }
    }
}

fn hash(before: Option<Name>, tokens: &[u32]) -> u64 {
    let mut hasher = DefaultHasher::new();
    (before, tokens).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests;
