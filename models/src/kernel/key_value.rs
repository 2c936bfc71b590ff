//! Keys and values of one layer, in pages of 32 tokens.
//!
//! Which page holds which tokens is the caller's table. Keys lie `[page][head][dim][32]`, so that one load brings one
//! component of sixteen keys; values lie `[page][head][32][dim]`.

use super::attention::{DIM, Span};
use super::lanes::{Lanes, Level, Work};
use super::rotate::Heads;
use super::team::Team;

/// Tokens of a page.
pub(crate) const PAGE: usize = 32;

/// How a number is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Storage {
    /// Half precision. Numbers beyond its range are held at its ends.
    F16,
    /// Single precision.
    F32,
}

/// The pages of one layer.
#[derive(Debug)]
pub(crate) struct KeyValue {
    heads: usize,
    dim: usize,
    pages: usize,
    cells: Cells,
}

/// Keys, then values.
#[derive(Debug)]
pub(super) enum Cells {
    Half(Vec<u16>, Vec<u16>),
    Single(Vec<f32>, Vec<f32>),
}

impl KeyValue {
    /// So many pages, all zero. The system gives the memory when a page is first written.
    ///
    /// # Panics
    /// When heads [do not fit](Self::fits).
    pub(crate) fn new(storage: Storage, pages: usize, heads: usize, dim: usize) -> Self {
        assert!(Self::fits(dim), "heads of {dim} numbers");
        let size = pages * heads * dim * PAGE;
        let cells = match storage {
            Storage::F16 => Cells::Half(vec![0; size], vec![0; size]),
            Storage::F32 => Cells::Single(vec![0.0; size], vec![0.0; size]),
        };
        Self {
            heads,
            dim,
            pages,
            cells,
        }
    }

    /// Whether heads may have `dim` numbers: a multiple of 16, and not above 256.
    pub(crate) fn fits(dim: usize) -> bool {
        dim.is_multiple_of(16) && (16..=DIM).contains(&dim)
    }

    /// Heads of keys.
    pub(crate) fn heads(&self) -> usize {
        self.heads
    }

    /// Numbers of a head.
    pub(crate) fn dim(&self) -> usize {
        self.dim
    }

    /// Pages that there are.
    pub(crate) fn pages(&self) -> usize {
        self.pages
    }

    /// Memory of one page.
    #[expect(
        dead_code,
        reason = "`benches/kernel.rs` compiles this module once more"
    )]
    pub(crate) fn page_bytes(&self) -> usize {
        let number = match &self.cells {
            Cells::Half(..) => 2,
            Cells::Single(..) => 4,
        };
        2 * number * self.heads * self.dim * PAGE
    }

    pub(super) fn cells(&self) -> &Cells {
        &self.cells
    }

    /// Writes keys and values (`[heads, dim]`) of one token.
    ///
    /// # Panics
    /// When page or slot do not exist, or the slices are not as long as a token.
    #[cfg(test)]
    pub(crate) fn write(&mut self, page: u32, slot: usize, keys: &[f32], values: &[f32]) {
        let table = vec![page; slot / PAGE + 1];
        let row = |data| Heads {
            data,
            stride: self.heads * self.dim,
            offset: 0,
            count: self.heads,
            dim: self.dim,
        };
        assert!(slot < PAGE, "slot {slot} of a page");
        let span = Span {
            first_row: 0,
            rows: 1,
            position: slot,
            pages: &table,
        };
        let (keys, values) = (row(keys), row(values));
        self.write_spans(&Team::new(1), &[span], &keys, &values);
    }

    /// Writes keys and values of all rows of `spans` to their pages.
    ///
    /// # Panics
    /// When a page does not exist, a table is too short, or the rows are not there.
    pub(crate) fn write_spans(
        &mut self,
        team: &Team,
        spans: &[Span<'_>],
        keys: &Heads<'_>,
        values: &Heads<'_>,
    ) {
        for heads in [keys, values] {
            assert_eq!((heads.count, heads.dim), (self.heads, self.dim), "heads");
        }
        for span in spans {
            span.check(self.pages);
        }
        let size = self.dim * PAGE;
        let heads = self.heads;
        match &mut self.cells {
            Cells::Half(to_keys, to_values) => {
                let level = Level::detect();
                let half = |from: &[f32], to: &mut [u16]| level.run(Halves { from, to });
                let to = (Shared::of(to_keys), Shared::of(to_values));
                let work = |head| put(spans, (keys, values), (&to, head), (heads, size), half);
                team.run(heads, &work);
            }
            Cells::Single(to_keys, to_values) => {
                let to = (Shared::of(to_keys), Shared::of(to_values));
                let same = |from: &[f32], to: &mut [f32]| to.copy_from_slice(from);
                let work = |head| put(spans, (keys, values), (&to, head), (heads, size), same);
                team.run(heads, &work);
            }
        }
    }
}

/// Rounds to half precision, within its range.
struct Halves<'a> {
    from: &'a [f32],
    to: &'a mut [u16],
}

impl Work for Halves<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let (most, least) = (lanes.splat(65504.0), lanes.splat(-65504.0));
        let (from, to) = (
            self.from.as_chunks::<16>().0,
            self.to.as_chunks_mut::<16>().0,
        );
        for (from, to) in from.iter().zip(to) {
            // SAFETY: sixteen numbers each.
            unsafe {
                let x = lanes.load(from.as_ptr());
                let x = lanes.max(lanes.min(x, most), least);
                lanes.store_f16(to.as_mut_ptr(), x);
            }
        }
    }
}

/// A slice that items share; each item takes parts of its own.
struct Shared<T> {
    data: *mut T,
    len: usize,
}

// SAFETY: `part` is called for the head of the item only, and heads do not overlap.
unsafe impl<T: Send> Sync for Shared<T> {}

impl<T> Shared<T> {
    fn of(data: &mut [T]) -> Self {
        Self {
            data: data.as_mut_ptr(),
            len: data.len(),
        }
    }

    /// # Safety
    /// No other part that overlaps is alive.
    #[expect(clippy::mut_from_ref, reason = "that is what it is for")]
    unsafe fn part(&self, from: usize, size: usize) -> &mut [T] {
        assert!(from + size <= self.len, "a part of a page");
        // SAFETY: within the slice, and the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.data.add(from), size) }
    }
}

/// Writes one head of all rows.
fn put<T: Copy + Default>(
    spans: &[Span<'_>],
    (keys, values): (&Heads<'_>, &Heads<'_>),
    (to, head): (&(Shared<T>, Shared<T>), usize),
    (heads, size): (usize, usize),
    convert: impl Fn(&[f32], &mut [T]),
) {
    for span in spans {
        for row in 0..span.rows {
            let position = span.position + row;
            let page = span.pages[position / PAGE] as usize;
            let slot = position % PAGE;
            let from = (page * heads + head) * size;
            // SAFETY: only this item takes parts of this head, one after the other.
            let (to_keys, to_values) = unsafe { (to.0.part(from, size), to.1.part(from, size)) };
            let key = keys.head(span.first_row + row, head);
            let mut column = [T::default(); DIM];
            convert(key, &mut column[..key.len()]);
            for (to, from) in to_keys[slot..].iter_mut().step_by(PAGE).zip(column) {
                *to = from;
            }
            let value = values.head(span.first_row + row, head);
            convert(value, &mut to_values[slot * value.len()..][..value.len()]);
        }
    }
}
